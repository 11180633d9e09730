using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Hosting.Tls;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting;

/// <summary>How Akka.Remote should be set where Raft's servers talk over it.</summary>
public static class RaftRemoting
{
    private const string Tcp = "akka.remote.dot-netty.tcp";

    /// <summary>
    /// The settings (remoting.conf, which gives the reasons): a broken connection is soon tried again, a silent one is given
    /// up, and each side writes on a connection of its own. What comes in passes the door (<c>raft.door</c> in reference.conf),
    /// which lets in what a group needs. Use it as a fallback of the actor system's configuration;
    /// <see cref="RaftHostingExtensions.WithRaft"/> does so.
    /// </summary>
    public static Config Defaults { get; } =
        ConfigurationFactory.FromResource("Raft.Actors.remoting.conf", typeof(RaftRemoting).Assembly);

    /// <summary>
    /// With <c>akka.remote.dot-netty.tcp.enable-ssl</c>: reads this server's certificate and its authorities, so that a mistake
    /// is told before anything starts. Where identities count (<c>raft.tls</c>), the certificate must name this server.
    /// </summary>
    /// <param name="systemConfig">The actor system's configuration.</param>
    /// <exception cref="RaftConfigurationException">
    /// The certificate cannot be used; the message names the setting and the reason.
    /// </exception>
    public static void RequireCertificate(Config systemConfig)
    {
        ArgumentNullException.ThrowIfNull(systemConfig);
        if (!systemConfig.GetBoolean($"{Tcp}.enable-ssl", false))
        {
            return;
        }

        var identity = IdentitySettings.Create(systemConfig);
        if (!identity.AuthorityFiles.IsEmpty)
        {
            _ = Authorities.Read(identity.AuthorityFiles);
        }

        if (!systemConfig.GetBoolean($"{Tcp}.ssl.certificate.use-thumbprint-over-file", false))
        {
            var file = TlsSettings.FileOf(systemConfig.GetConfig($"{Tcp}.ssl.certificate") ?? Config.Empty);
            var own = file.Read().Context.TargetCertificate;
            if (identity.Mode == IdentityMode.On)
            {
                RequireOwn(identity, own, file.Path, systemConfig.WithFallback(RaftSettings.DefaultConfig()));
            }
        }
    }

    /// <summary>
    /// Says where Akka.Remote listens beyond this machine without mutual TLS, so that everyone who reaches the port is heard;
    /// null if it does not. A name counts by its addresses on this machine. A name without an address gets an error elsewhere.
    /// </summary>
    /// <param name="systemConfig">The actor system's configuration.</param>
    public static string? ExposureOf(Config systemConfig)
    {
        ArgumentNullException.ThrowIfNull(systemConfig);
        var ssl = $"{Tcp}.ssl";
        if (systemConfig.GetBoolean($"{Tcp}.enable-ssl", false)
            && systemConfig.GetBoolean($"{ssl}.require-mutual-authentication", true)
            && !systemConfig.GetBoolean($"{ssl}.suppress-validation", false))
        {
            return null;
        }

        var host = systemConfig.GetString($"{Tcp}.hostname", string.Empty);
        return IsOfThisMachine(host) ? null
            : $"Akka.Remote at {(host.Length == 0 ? "all addresses" : host)} ({Tcp}.hostname) has no mutual TLS";
    }

    private static bool IsOfThisMachine(string host)
    {
        try
        {
            var addresses = host.Length == 0 ? [IPAddress.Any]
                : IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : Dns.GetHostAddresses(host);
            return addresses.All(IPAddress.IsLoopback);
        }
        catch (Exception unknown) when (unknown is SocketException or ArgumentException)
        {
            return true;
        }
    }

    private static void RequireOwn(IdentitySettings identity, X509Certificate2 own, string path, Config config)
    {
        var server = new HolderName(config.GetString("raft.group"), config.GetString("raft.server-id"));
        var holder = CertificateHolder.Of(own, identity.Listed);
        if (server.Name.Length > 0 && !holder.Servers.Contains(server))
        {
            throw new RaftConfigurationException(
                $"{Tcp}.ssl.certificate.path = '{path}': the certificate is {holder}, and this is server {server}, "
                + "which the others would refuse; use the certificate that names it "
                + $"({CertificateUri.OfServer(server.Group, new ServerId(server.Name))}), or list it in raft.tls.servers");
        }
    }
}
