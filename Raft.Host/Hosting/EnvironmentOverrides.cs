using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Host.Hosting;

/// <summary>The environment variables, meant for containers; they win over the configuration files.</summary>
internal static class EnvironmentOverrides
{
    private const string Prefix = "RAFT_";
    private const string Tcp = "akka.remote.dot-netty.tcp";
    private const string CertificateHelp = "this server's certificate, a .pfx file; turns mutual TLS on";
    private const string SeedsHelp = "with discovery: where to look for the others, host:port,host:port,...";
    private const string BootstrapHelp = "with discovery: begin with exactly this many servers; 0: wait to be added";
    private const string HostHelp = "where this server listens and is known; default: its entry in the servers";

    /// <summary>All of them, in the order of <c>--help</c>.</summary>
    public static readonly ImmutableArray<EnvironmentVariable> Table =
    [
        TextOf("RAFT_SERVER_ID", "raft.server-id", "this server's id, such as n1"),
        TextOf("RAFT_GROUP", "raft.group", "the group's name"),
        new("RAFT_TLS_CERTIFICATE", $"{Tcp}: enable-ssl, ssl", CertificateHelp, Certificate),
        TextOf("RAFT_TLS_PASSWORD", $"{Tcp}.ssl.certificate.password", "its password, if it has one"),
        TextOf("RAFT_TLS_AUTHORITY", "raft.tls.authority", "the group's authority, a .pem file; turns identities on"),
        TextOf("RAFT_TLS_IDENTITIES", "raft.tls.identities", "auto, off, log or on"),
        TextOf("RAFT_INSECURE", "host.insecure", "http or on: may listen beyond this machine without protection"),
        new("RAFT_SERVERS", "raft.servers", "the first configuration, n1@host:port,n2@host:port,...", Servers),
        new("RAFT_SEEDS", "akka.cluster.seed-nodes", SeedsHelp, Seeds),
        new("RAFT_BOOTSTRAP_EXPECT", "raft.discovery.bootstrap-expect", BootstrapHelp, Expect),
        new("RAFT_HOST", $"{Tcp}.hostname, public-hostname", HostHelp, Host),
        TextOf("RAFT_BIND_HOST", $"{Tcp}.hostname", "where it listens, if that is elsewhere, such as 0.0.0.0"),
        new("RAFT_PORT", $"{Tcp}.port", "its port for the other servers; default: its entry in the servers", Port),
        TextOf("RAFT_HTTP_URL", "host.http-url", "where HTTP is served, such as http://*:8080"),
        new("RAFT_HTTP_PORT", "host.http-url", "only the port of that", HttpPort),
        new("RAFT_HTTP_ADDRESSES", "host.http-addresses", "with redirect: n1=http://host:port,n2=...", HttpAddresses),
        new("RAFT_HTTP_ALLOWED_HOSTS", "host.http.allowed-hosts", "names that clients reach HTTP by, name,*.domain,...", Names),
        TextOf("RAFT_WRITES_ON_FOLLOWER", "host.writes-on-follower", "forward or redirect"),
        TextOf("RAFT_DATA", "raft.storage.directory", "where the SQLite files are kept"),
        TextOf("RAFT_STORAGE_PROVIDER", "raft.storage.provider", "sqlite or postgres"),
        TextOf("RAFT_STORAGE_CONNECTION_STRING", "raft.storage.connection-string", "for postgres"),
        new("RAFT_LOG_LEVEL", "akka.loglevel", "debug, info, warning or error", LogLevel),
    ];

    /// <summary>Lays the settings of the environment over a configuration.</summary>
    /// <exception cref="RaftConfigurationException">A variable is malformed; the message names it.</exception>
    public static Config Apply(Config config, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var variable in Table)
        {
            // docker-compose passes on a variable that is not set as an empty one.
            if (environment.TryGetValue(variable.Name, out var value) && value.Length > 0)
            {
                var hocon = variable.ToHocon(new EnvironmentValue(variable.Name, value, config));
                config = ConfigurationFactory.ParseString(hocon).WithFallback(config);
            }
        }

        return config;
    }

    /// <summary>Variables that look like ours and are not: most likely misspelt.</summary>
    public static IEnumerable<string> Unknown(IReadOnlyDictionary<string, string> environment) => environment.Keys
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal) && Table.All(variable => variable.Name != name))
        .Order(StringComparer.Ordinal);

    /// <summary>A variable whose value becomes the setting's value as it is.</summary>
    private static EnvironmentVariable TextOf(string name, string setting, string help) =>
        new(name, setting, help, value => $"{setting} = {HoconText.Quote(value.Text)}");

    private static string Host(EnvironmentValue value) =>
        $"{Tcp} {{ hostname = {HoconText.Quote(value.Text)}, public-hostname = {HoconText.Quote(value.Text)} }}";

    private static string Port(EnvironmentValue value) => $"{Tcp}.port = {PortNumber(value, value.Text)}";

    private static string HttpPort(EnvironmentValue value)
    {
        var url = value.Config.GetString("host.http-url");
        return HttpEndpoint.TryParse(url, out var endpoint)
            ? $"host.http-url = {HoconText.Quote(endpoint.WithPort(PortNumber(value, value.Text)).ToString())}"
            : throw value.Wrong($"host.http-url = '{url}' has no port to replace; use http://address:port");
    }

    private static string Certificate(EnvironmentValue value) => $$"""
        {{Tcp}} {
          enable-ssl = true
          ssl {
            certificate.path = {{HoconText.Quote(value.Text)}}
            suppress-validation = false
            require-mutual-authentication = true
            validate-certificate-hostname = true
          }
        }
        """;

    private static string LogLevel(EnvironmentValue value) => value.Text.ToUpperInvariant() switch
    {
        "DEBUG" or "INFO" or "WARNING" or "ERROR" => $"akka.loglevel = {value.Text.ToUpperInvariant()}",
        _ => throw value.Wrong("use debug, info, warning or error"),
    };

    private static string Servers(EnvironmentValue value)
    {
        // Without the commas, HOCON would join neighbouring objects into one.
        var servers = new StringBuilder("raft.servers = [");
        foreach (var item in value.Text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = item.IndexOf('@', StringComparison.Ordinal);
            var colon = item.LastIndexOf(':');
            if (at < 0 || colon < at + 2 || !ServerId.IsValid(item[..at]))
            {
                throw value.Wrong($"'{item}' is not a server; use n1@host:port,n2@host:port,…");
            }

            var address = AddressOf(value, item[(at + 1)..colon], item[(colon + 1)..]);
            var id = HoconText.Quote(item[..at]);
            servers.Append(CultureInfo.InvariantCulture, $" {{ id = {id}, address = {HoconText.Quote(address)} }},");
        }

        return servers.Append(" ]").ToString();
    }

    private static string Seeds(EnvironmentValue value)
    {
        var seeds = value.Text.Split(',', StringSplitOptions.TrimEntries).Select(item =>
            item.LastIndexOf(':') is > 0 and var colon
                ? HoconText.Quote(AddressOf(value, item[..colon], item[(colon + 1)..]))
                : throw value.Wrong($"'{item}' is not host:port; use host:port,host:port,…"));
        return $"akka.cluster.seed-nodes = [{string.Join(", ", seeds)}]";
    }

    private static string Expect(EnvironmentValue value) =>
        int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? $"raft.discovery.bootstrap-expect = {count}"
            : throw value.Wrong("use a number of servers");

    /// <summary>An actor system's address. The rest of the configuration decides its name and scheme.</summary>
    private static string AddressOf(EnvironmentValue value, string host, string port)
    {
        var scheme = value.Config.GetBoolean($"{Tcp}.enable-ssl", false) ? "akka.ssl.tcp" : "akka.tcp";
        return $"{scheme}://{value.Config.GetString("host.system-name")}@{host}:{PortNumber(value, port)}";
    }

    private static string HttpAddresses(EnvironmentValue value)
    {
        var addresses = new StringBuilder("host.http-addresses {");
        foreach (var item in value.Text.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !ServerId.IsValid(item[..equals]))
            {
                throw value.Wrong($"'{item}' is not a server's address; use n1=http://host:port,n2=…");
            }

            var (id, url) = (HoconText.Quote(item[..equals]), HoconText.Quote(item[(equals + 1)..]));
            addresses.Append(CultureInfo.InvariantCulture, $" {id} = {url},");
        }

        return addresses.Append(" }").ToString();
    }

    private static string Names(EnvironmentValue value) =>
        "host.http.allowed-hosts = ["
        + string.Join(", ", value.Text.Split(',', StringSplitOptions.TrimEntries).Select(HoconText.Quote)) + "]";

    private static int PortNumber(EnvironmentValue value, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= IPEndPoint.MaxPort
            ? port
            : throw value.Wrong($"'{text}' is not a port; use 1 to {IPEndPoint.MaxPort}");
}

/// <summary>An environment variable of the host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Setting">The setting that it sets.</param>
/// <param name="Help">Its description in <c>--help</c>.</param>
/// <param name="ToHocon">Turns its value into HOCON.</param>
internal sealed record EnvironmentVariable(string Name, string Setting, string Help, Func<EnvironmentValue, string> ToHocon);

/// <summary>A variable's value.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Text">Its value.</param>
/// <param name="Config">The configuration that the value overrides.</param>
internal readonly record struct EnvironmentValue(string Name, string Text, Config Config)
{
    public RaftConfigurationException Wrong(string rule) => new($"the environment variable {Name} = '{Text}': {rule}");
}
