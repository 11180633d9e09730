using Akka.Configuration;
using Raft.Actors.Hosting.Tls;
using Raft.Actors.Node;

namespace Raft.Actors.Hosting;

/// <summary>How Akka.Remote should be set where Raft's servers talk over it.</summary>
public static class RaftRemoting
{
    /// <summary>
    /// The settings (remoting.conf, which gives the reasons): a broken connection is soon tried again, a silent one is given up, and each side writes
    /// on one of its own. What comes in passes the door (<c>raft.door</c> in reference.conf), which lets in what a group needs. To be a fallback of the actor system's configuration; <see cref="RaftHostingExtensions.WithRaft"/> makes it one.
    /// </summary>
    public static Config Defaults { get; } = ConfigurationFactory.FromResource("Raft.Actors.remoting.conf", typeof(RaftRemoting).Assembly);

    /// <summary>With <c>akka.remote.dot-netty.tcp.enable-ssl</c>: reads this server's certificate, so that a mistake is told before anything starts.</summary>
    /// <param name="systemConfig">The actor system's configuration.</param>
    /// <exception cref="RaftConfigurationException">The certificate cannot be used; the message names the setting and the reason.</exception>
    public static void RequireCertificate(Config systemConfig)
    {
        ArgumentNullException.ThrowIfNull(systemConfig);
        const string tcp = "akka.remote.dot-netty.tcp";
        if (systemConfig.GetBoolean($"{tcp}.enable-ssl", false) && !systemConfig.GetBoolean($"{tcp}.ssl.certificate.use-thumbprint-over-file", false))
        {
            _ = TlsSettings.FileOf(systemConfig.GetConfig($"{tcp}.ssl.certificate") ?? Config.Empty).Read();
        }
    }
}
