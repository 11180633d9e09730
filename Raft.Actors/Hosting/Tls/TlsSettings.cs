using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// What <see cref="TlsTransport"/> takes from <c>akka.remote.dot-netty.tcp</c>, or from a <see cref="DotNettySslSetup"/>, which
/// wins as with Akka.
/// </summary>
internal sealed record TlsSettings
{
    private const string Tcp = "akka.remote.dot-netty.tcp";
    private const int SmallestFrame = 32_000;
    private const int DefaultFrame = 128_000;
    private const int DefaultQueue = 16 * 1024 * 1024;

    public required string Hostname { get; init; }

    public required string PublicHostname { get; init; }

    public required int Port { get; init; }

    public required int? PublicPort { get; init; }

    public required int MaxFrame { get; init; }

    public required bool LittleEndian { get; init; }

    /// <summary>How much may wait to be sent on a connection.</summary>
    public required long MaxQueuedBytes { get; init; }

    public required int? SendBuffer { get; init; }

    public required int? ReceiveBuffer { get; init; }

    /// <summary>How long connecting may take, with the handshake.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long a connection waits for its peer's end of it.</summary>
    public required TimeSpan FlushWait { get; init; }

    public required int Backlog { get; init; }

    public required bool NoDelay { get; init; }

    public required bool KeepAlive { get; init; }

    public required bool ReuseAddress { get; init; }

    public required bool PreferIPv6 { get; init; }

    /// <summary>Whether who connects must show a certificate too.</summary>
    public required bool Mutual { get; init; }

    /// <summary>What is forgiven of a peer's certificate.</summary>
    public required SslPolicyErrors Forgiven { get; init; }

    /// <summary>The application's own check, in the place of ours.</summary>
    public required CertificateValidationCallback? Validator { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="RaftConfigurationException">One does not make sense; the message names it.</exception>
    public static TlsSettings Create(ActorSystem system, Config config)
    {
        var setup = SetupOf(system);
        var hostname = Text(config, "hostname", IPAddress.Any.ToString());
        var publicPort = config.GetInt("public-port", 0);
        var maxFrame = Positive(config, "maximum-frame-size") ?? DefaultFrame;
        var suppressed = setup?.SuppressValidation ?? config.GetBoolean("ssl.suppress-validation", false);
        var named = setup?.ValidateCertificateHostname ?? config.GetBoolean("ssl.validate-certificate-hostname", false);
        return new TlsSettings
        {
            Hostname = hostname,
            PublicHostname = Text(config, "public-hostname", hostname),
            Port = config.GetInt("port", 2552),
            PublicPort = publicPort > 0 ? publicPort : null,
            MaxFrame = maxFrame >= SmallestFrame
                ? maxFrame
                : throw new RaftConfigurationException(
                    $"{Tcp}.maximum-frame-size = {maxFrame}: must be at least {SmallestFrame}"),
            LittleEndian = config.GetString("byte-order", "little-endian") != "big-endian",
            MaxQueuedBytes = Math.Max(4L * maxFrame, Positive(config, "write-buffer-high-water-mark") ?? DefaultQueue),
            SendBuffer = Positive(config, "send-buffer-size"),
            ReceiveBuffer = Positive(config, "receive-buffer-size"),
            ConnectTimeout = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15)),
            FlushWait = system.Settings.Config.GetTimeSpan("akka.remote.flush-wait-on-shutdown", TimeSpan.FromSeconds(2)),
            Backlog = config.GetInt("backlog", 4096),
            NoDelay = config.GetBoolean("tcp-nodelay", true),
            KeepAlive = config.GetBoolean("tcp-keepalive", true),
            ReuseAddress = config.GetString("tcp-reuse-addr", "off-for-windows") switch
            {
                "off-for-windows" => !OperatingSystem.IsWindows(),
                var other => other is "on" or "true" or "yes",
            },
            PreferIPv6 = config.GetBoolean("dns-use-ipv6", false),
            Mutual = setup?.RequireMutualAuthentication ?? config.GetBoolean("ssl.require-mutual-authentication", true),
            Forgiven = (suppressed ? SslPolicyErrors.RemoteCertificateChainErrors : SslPolicyErrors.None)
                | (named ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch),
            Validator = setup?.CustomValidator,
        };
    }

    /// <summary>Whether a certificate must name the host that is connected to.</summary>
    public bool ChecksHosts => !Forgiven.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);

    /// <summary>Checks that nothing here takes away what <c>raft.tls</c> asks for.</summary>
    /// <exception cref="RaftConfigurationException">Something does; the message names it.</exception>
    public void RequireFor(IdentitySettings identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (!identity.AuthorityFiles.IsEmpty && Forgiven.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            throw new RaftConfigurationException(
                $"{Tcp}.ssl.suppress-validation = on lets in every certificate, whatever raft.tls.authority is");
        }

        if (identity.Mode != IdentityMode.Off && !Mutual)
        {
            throw new RaftConfigurationException($"raft.tls.identities needs {Tcp}.ssl.require-mutual-authentication = on");
        }
    }

    /// <summary>The certificate that they name.</summary>
    /// <exception cref="RaftConfigurationException">There is none; the message says why.</exception>
    public static OwnCertificate Certificate(ActorSystem system, Config config, ILoggingAdapter log)
    {
        if (SetupOf(system)?.Certificate is { } made)
        {
            return new OwnCertificate(made, log, TimeProvider.System);
        }

        var section = config.GetConfig("ssl.certificate") ?? Config.Empty;
        return section.GetBoolean("use-thumbprint-over-file", false)
            ? new OwnCertificate(OutOfStore(section), log, TimeProvider.System)
            : new OwnCertificate(FileOf(section), log, TimeProvider.System);
    }

    private static DotNettySslSetup? SetupOf(ActorSystem system) =>
        system.Settings.Setup.Get<DotNettySslSetup>() is { HasValue: true } setup ? setup.Value : null;

    /// <summary>The file that the section <c>ssl.certificate</c> names.</summary>
    public static CertificateFile FileOf(Config section)
    {
        var flags = X509KeyStorageFlags.DefaultKeySet;
        foreach (var name in section.GetStringList("flags", []))
        {
            var plain = name.Replace("-", string.Empty, StringComparison.Ordinal);
            flags |= Enum.TryParse<X509KeyStorageFlags>(plain, ignoreCase: true, out var flag)
                ? flag
                : throw new RaftConfigurationException(
                    $"{Tcp}.ssl.certificate.flags: '{name}' is none of default-key-set, exportable, "
                    + "machine-key-set, persist-key-set, user-key-set, user-protected");
        }

        return new CertificateFile(section.GetString("path", string.Empty), section.GetString("password", string.Empty), flags);
    }

    private static X509Certificate2 OutOfStore(Config section)
    {
        var thumbprint = section.GetString("thumbprint", string.Empty);
        var location = section.GetString("store-location", "current-user") == "local-machine"
            ? StoreLocation.LocalMachine
            : StoreLocation.CurrentUser;
        var name = Text(section, "store-name", "My");
        using var store = new X509Store(name, location);
        store.Open(OpenFlags.ReadOnly);
        return store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false).FirstOrDefault()
            ?? throw new RaftConfigurationException(
                $"{Tcp}.ssl.certificate.thumbprint = '{thumbprint}': the store {location}/{name} has no such certificate");
    }

    private static string Text(Config config, string key, string fallback) =>
        config.GetString(key, string.Empty) is { } text && !string.IsNullOrWhiteSpace(text) ? text : fallback;

    private static int? Positive(Config config, string key) =>
        config.GetByteSize(key, null) is { } bytes && bytes > 0 ? (int)bytes : null;
}
