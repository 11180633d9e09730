using System.Globalization;
using System.Text;
using Akka.Configuration;
using Raft.Actors.Settings;
using Raft.Host.Hosting;

namespace Raft.Host.Running;

/// <summary>The configurations of a whole group in one process, to try things out.</summary>
internal static class DevelopmentCluster
{
    private const string RemotePorts = "host.development.remote-ports";
    private const string HttpPorts = "host.development.http-ports";

    /// <summary>A configuration for each server: n1, n2, …. They differ only in id and ports.</summary>
    /// <exception cref="RaftConfigurationException">The ports do not fit together, or another setting is wrong.</exception>
    public static NodeConfiguration[] Configurations(Config config)
    {
        var remotePorts = Ports(config, RemotePorts);
        var httpPorts = Ports(config, HttpPorts);
        if (remotePorts.Count == 0 || remotePorts.Count != httpPorts.Count)
        {
            throw new RaftConfigurationException(
                $"{RemotePorts} has {remotePorts.Count} ports and {HttpPorts} has {httpPorts.Count}; "
                + "give each server one of each");
        }

        var ports = remotePorts.Concat(httpPorts).GroupBy(static port => port);
        if (ports.FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new RaftConfigurationException($"port {twice.Key} is given twice in {RemotePorts} and {HttpPorts}");
        }

        var system = config.GetString("host.system-name");
        var host = config.GetString("akka.remote.dot-netty.tcp.hostname");
        var scheme = config.GetBoolean("akka.remote.dot-netty.tcp.enable-ssl", false) ? "akka.ssl.tcp" : "akka.tcp";
        var http = HostSettings.Create(config).Http;
        var servers = new StringBuilder("raft.servers = [");
        var addresses = new StringBuilder("host.http-addresses {");
        for (var i = 0; i < remotePorts.Count; i++)
        {
            var address = $"{scheme}://{system}@{host}:{remotePorts[i]}";
            servers.Append(CultureInfo.InvariantCulture, $" {{ id = {Id(i)}, address = \"{address}\" }},");
            addresses.Append(CultureInfo.InvariantCulture, $" {Id(i)} = \"{http.WithPort(httpPorts[i])}\",");
        }

        var group = ConfigurationFactory.ParseString(servers.Append(" ]").ToString())
            .WithFallback(ConfigurationFactory.ParseString(addresses.Append(" }").ToString()));
        return [.. remotePorts.Select((remotePort, i) => NodeConfiguration.Create(ConfigurationFactory.ParseString($$"""
            raft.server-id = {{Id(i)}}
            akka.remote.dot-netty.tcp.port = {{remotePort}}
            host.http-url = "{{http.WithPort(httpPorts[i])}}"
            """).WithFallback(group).WithFallback(config)))];
    }

    /// <summary>The line that the user sees first, while the servers start.</summary>
    public static string Starting(IReadOnlyList<NodeConfiguration> servers)
    {
        var ids = string.Join(", ", servers.Select(static server => server.Raft.ServerId));
        var data = Path.GetFullPath(servers[0].System.GetString("raft.storage.directory", "."));
        return $"Starting {ids} of group {servers[0].Raft.Group} in this process, data below {data}. "
            + "They elect a leader first: a few seconds.";
    }

    /// <summary>The commands that the user can try once the group runs.</summary>
    public static string Welcome(IReadOnlyList<NodeConfiguration> servers)
    {
        var first = servers[0].Host.Http;
        var last = servers[^1].Host.Http;
        return $"""
            Try:
              curl -X PUT --data-binary hello {first}/kv/greeting
              curl {last}/kv/greeting
              curl -X PUT --data-binary again '{first}/kv/greeting?expect=hello'
              curl {first}/status
            Ctrl-C stops it.
            """;
    }

    private static string Id(int i) => $"n{i + 1}";

    private static IList<int> Ports(Config config, string setting)
    {
        try
        {
            var ports = config.GetIntList(setting);
            return ports.All(static port => port is > 0 and <= 65535)
                ? ports
                : throw new RaftConfigurationException(
                    $"{setting} = [{string.Join(", ", ports)}]: each must be a port, 1 to 65535");
        }
        catch (Exception malformed) when (malformed is not RaftConfigurationException)
        {
            throw new RaftConfigurationException($"{setting}: must be a list of ports such as [4053, 4054, 4055]", malformed);
        }
    }
}
