using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;

namespace Raft.Host.Hosting;

/// <summary>Everything that one node needs to start, read and checked as a whole before anything runs.</summary>
/// <param name="System">The actor system's configuration.</param>
/// <param name="Raft">The section <c>raft</c>.</param>
/// <param name="Host">The section <c>host</c>.</param>
/// <param name="RemoteHost">Where Akka.Remote listens.</param>
/// <param name="RemotePort">The port at which Akka.Remote listens.</param>
internal sealed record NodeConfiguration(Config System, RaftSettings Raft, HostSettings Host, string RemoteHost, int RemotePort)
{
    private const string Tcp = "akka.remote.dot-netty.tcp";
    private const int DefaultRemotePort = 4053;

    /// <summary>The name or address that the other servers know this one by.</summary>
    public string PublicHost => System.GetString($"{Tcp}.public-hostname");

    /// <summary>The host's defaults: hocon/defaults.conf and <see cref="RaftRemoting.Defaults"/>.</summary>
    public static Config Defaults() => Resource("Raft.Host.defaults.conf").WithFallback(RaftRemoting.Defaults);

    /// <summary>The development cluster's file: hocon/dev.conf.</summary>
    public static Config Development() => Resource("Raft.Host.dev.conf");

    /// <summary>Reads configuration files. Each wins over the files before it and over <paramref name="below"/>.</summary>
    /// <exception cref="RaftConfigurationException">A file cannot be read; the message names it.</exception>
    public static Config WithFiles(Config below, IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var text = string.Empty;
            try
            {
                text = File.ReadAllText(file);
                HoconCheck.Require(text, file);
                below = ConfigurationFactory.ParseString(text).WithFallback(below);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                throw new RaftConfigurationException(
                    $"the configuration file '{file}' cannot be read: {unreadable.Message}", unreadable);
            }
            catch (Exception malformed) when (malformed is not RaftConfigurationException)
            {
                throw new RaftConfigurationException(
                    $"the configuration file '{file}' is not HOCON: {Place(text, malformed)}{malformed.Message}", malformed);
            }
        }

        return below;
    }

    /// <summary>Reads the settings out of a configuration and checks them against each other.</summary>
    /// <exception cref="RaftConfigurationException">A setting is missing, malformed or does not fit the others.</exception>
    public static NodeConfiguration Create(Config config)
    {
        RequireKnownKeys(config);
        var host = HostSettings.Create(config);
        config = WithMachineName(config);
        var raft = RaftSettings.Create(config) with
        {
            ApplyOnFollower = host.WritesOnFollower == WritesOnFollower.Forward
                ? ApplyOnFollower.Forward
                : ApplyOnFollower.Redirect,
        };
        config = WithOwnAddress(config, raft, host, out var bindHost, out var port);
        FrameSizeCheck.Validate(
            config.WithFallback(
                ConfigurationFactory.FromResource<RemoteActorRefProvider>("Akka.Remote.Configuration.Remote.conf")),
            raft);

        // The host has already refused or reported what the library would warn of (Exposure).
        config = config.WithFallback(SecondFence(raft.Group))
            .WithFallback(ConfigurationFactory.ParseString("raft.tls.insecure = on"));

        // A phase of the shutdown may take a little longer than the host allows, so that the host cuts off first.
        config = ConfigurationFactory.ParseString(
            $"akka.coordinated-shutdown.default-phase-timeout = {(long)host.ShutdownTimeout.TotalMilliseconds + 1000}ms")
            .WithFallback(config);

        // The library adds its defaults only when it starts. Akka.Remote listens earlier, and would drop the first messages
        // of peers because it lacks the serializer, with a warning that looks like a mistake.
        return new NodeConfiguration(config.WithFallback(RaftSettings.DefaultConfig()), raft, host, bindHost, port);
    }

    /// <summary>
    /// Akka.Remote's own fence, a second one after the door (<c>raft.door</c>): no remote deployment, PoisonPill or stop from
    /// outside, and only the selections that the group and Akka.Cluster use. It needs whole paths, and only the host knows
    /// those of its group.
    /// </summary>
    private static Config SecondFence(string group) => ConfigurationFactory.ParseString($$"""
        akka.remote {
          untrusted-mode = on
          trusted-selection-paths = [
            "/user/raft-{{group}}", "/user/raft-{{group}}-discovery"
            "/system/cluster/core/daemon", "/system/cluster/heartbeatReceiver"
          ]
        }
        """);

    // Akka's parser counts characters from the start of the file.
    private static string Place(string text, Exception malformed) =>
        Regex.Match(malformed.Message, @"\bposition (\d+)") is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var position) && position <= text.Length
            ? $"line {text.AsSpan(0, position).Count('\n') + 1}: "
            : string.Empty;

    /// <summary>Refuses unknown keys. Otherwise the default of a misspelt setting would count in silence.</summary>
    private static void RequireKnownKeys(Config config)
    {
        var reference = Resource("Raft.Host.defaults.conf").WithFallback(Development());
        var unknown = ConfigurationKeys.UnknownIn(config)
            .AddRange(ConfigurationKeys.Unknown(config, reference, "host", ["host.http-addresses"]));
        if (!unknown.IsEmpty)
        {
            throw new RaftConfigurationException(string.Join("; ", unknown));
        }
    }

    /// <summary>
    /// With discovery, a server without an id or a public host name takes its machine's (or container's) name for both.
    /// </summary>
    private static Config WithMachineName(Config config)
    {
        if (!config.GetBoolean("raft.discovery.enabled", false))
        {
            return config;
        }

        var name = HoconText.Quote(Dns.GetHostName());
        if (config.GetString("raft.server-id", string.Empty).Length == 0)
        {
            config = ConfigurationFactory.ParseString($"raft.server-id = {name}").WithFallback(config);
        }

        var isUnknown = config.GetString($"{Tcp}.public-hostname", string.Empty).Length == 0
            && config.GetString($"{Tcp}.hostname", string.Empty) is "" or "0.0.0.0" or "::";
        return isUnknown
            ? ConfigurationFactory.ParseString($"{Tcp}.public-hostname = {name}").WithFallback(config)
            : config;
    }

    /// <summary>
    /// Takes the address to listen at from the server's own entry in the group's configuration, unless it is set. Refuses
    /// settings that differ from that entry, because Akka.Remote drops messages to any address but its own.
    /// </summary>
    private static Config WithOwnAddress(Config config, RaftSettings raft, HostSettings host, out string bindHost, out int port)
    {
        var own = raft.InitialConfiguration.Find(raft.ServerId) is { } server ? Address.Parse(server.Address) : null;
        bindHost = config.GetString($"{Tcp}.hostname", string.Empty);
        var publicHost = config.GetString($"{Tcp}.public-hostname", string.Empty);
        if (bindHost.Length == 0)
        {
            bindHost = publicHost.Length > 0 ? publicHost : own?.Host ?? throw new RaftConfigurationException(
                $"{Tcp}.hostname is not set, and raft.servers has no entry for '{raft.ServerId}' to take it from; "
                + "set it (RAFT_HOST) to the address at which the other servers reach this one");
        }

        if (publicHost.Length == 0)
        {
            publicHost = bindHost is "0.0.0.0" or "::" ? own?.Host ?? throw new RaftConfigurationException(
                $"{Tcp}.hostname = '{bindHost}' is not an address at which others can reach this server; "
                + "set public-hostname (RAFT_HOST)") : bindHost;
        }

        port = Port(config, $"{Tcp}.port", own?.Port ?? DefaultRemotePort);
        var publicPort = Port(config, $"{Tcp}.public-port", 0);
        var scheme = config.GetBoolean($"{Tcp}.enable-ssl", false) ? "akka.ssl.tcp" : "akka.tcp";
        var advertised = new Address(scheme, host.SystemName, publicHost, publicPort == 0 ? port : publicPort);
        if (own is not null && own != advertised)
        {
            throw new RaftConfigurationException(
                $"raft.servers says that '{raft.ServerId}' is at {own}, but this node would be at {advertised} "
                + $"(host.system-name, {Tcp}: hostname, public-hostname, port, public-port, enable-ssl); make them the same");
        }

        return ConfigurationFactory.ParseString(
            $"{Tcp} {{ hostname = {HoconText.Quote(bindHost)}, public-hostname = {HoconText.Quote(publicHost)}, port = {port} }}")
            .WithFallback(config);
    }

    private static int Port(Config config, string setting, int fallback)
    {
        var text = config.GetString(setting, null);
        return text is null
            ? fallback
            : int.TryParse(text, out var port) && port is >= 0 and <= 65535
                ? port
                : throw new RaftConfigurationException($"{setting} = '{text}': must be a port, 0 to 65535");
    }

    private static Config Resource(string name) => ConfigurationFactory.FromResource(name, typeof(NodeConfiguration).Assembly);
}
