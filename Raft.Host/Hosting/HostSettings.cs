using System.Collections.Immutable;
using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Host.Hosting;

/// <summary>What a node that is not the leader does with a request that only the leader can do.</summary>
internal enum WritesOnFollower
{
    /// <summary>Passes the request on to the leader and gives the leader's answer.</summary>
    Forward,

    /// <summary>Answers 307 with the leader's URL.</summary>
    Redirect,
}

/// <summary>The section <c>host</c>; hocon/defaults.conf describes each setting.</summary>
internal sealed record HostSettings
{
    /// <summary><c>host.system-name</c>.</summary>
    public required string SystemName { get; init; }

    /// <summary><c>host.http-url</c>.</summary>
    public required HttpEndpoint Http { get; init; }

    /// <summary><c>host.request-timeout</c>.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary><c>host.writes-on-follower</c>.</summary>
    public required WritesOnFollower WritesOnFollower { get; init; }

    /// <summary><c>host.http-addresses</c>, by server id.</summary>
    public required ImmutableDictionary<string, Uri> HttpAddresses { get; init; }

    /// <summary><c>host.http.allowed-hosts</c>.</summary>
    public required ImmutableArray<string> AllowedHosts { get; init; }

    /// <summary>The other settings of <c>host.http</c>.</summary>
    public required HttpLimits HttpLimits { get; init; }

    /// <summary><c>host.insecure</c>.</summary>
    public required Insecurity Insecure { get; init; }

    /// <summary><c>host.shutdown-timeout</c>.</summary>
    public required TimeSpan ShutdownTimeout { get; init; }

    /// <summary>Reads the section; <see cref="NodeConfiguration"/> has laid the defaults below it.</summary>
    /// <exception cref="RaftConfigurationException">A setting is malformed; the message names it.</exception>
    public static HostSettings Create(Config config)
    {
        var systemName = config.GetString("host.system-name");
        var httpUrl = config.GetString("host.http-url");
        var settings = new HostSettings
        {
            SystemName = IsSystemName(systemName)
                ? systemName
                : throw Wrong(
                    "host.system-name", systemName, "use 1 to 64 characters out of A-Z a-z 0-9 _ -, a letter or digit first"),
            Http = HttpEndpoint.TryParse(httpUrl, out var http)
                ? http
                : throw Wrong(
                    "host.http-url", httpUrl,
                    "use http://address:port with an IP address, localhost or *, such as http://127.0.0.1:8080"),
            RequestTimeout = Duration(config, "host.request-timeout"),
            ShutdownTimeout = Duration(config, "host.shutdown-timeout"),
            WritesOnFollower = config.GetString("host.writes-on-follower") switch
            {
                "forward" => WritesOnFollower.Forward,
                "redirect" => WritesOnFollower.Redirect,
                var other => throw Wrong("host.writes-on-follower", other, "use forward or redirect"),
            },
            Insecure = config.GetString("host.insecure") switch
            {
                "off" or "false" or "no" => Insecurity.Off,
                "http" => Insecurity.Http,
                "on" or "true" or "yes" => Insecurity.On,
                var other => throw Wrong("host.insecure", other, "use off, http or on"),
            },
            HttpAddresses = Addresses(config),
            AllowedHosts = Names(config, "host.http.allowed-hosts"),
            HttpLimits = HttpLimits.Create(config),
        };
        return settings.WritesOnFollower == WritesOnFollower.Redirect && settings.HttpAddresses.IsEmpty
            ? throw new RaftConfigurationException(
                "host.writes-on-follower = 'redirect' needs host.http-addresses { n1 = \"http://…\", … } "
                + "to know where to redirect to")
            : settings;
    }

    private static RaftConfigurationException Wrong(string setting, string? value, string rule) =>
        new($"{setting} = '{value}': {rule}");

    private static bool IsSystemName(string name) =>
        ServerId.IsValid(name) && char.IsAsciiLetterOrDigit(name[0]) && !name.Contains('.', StringComparison.Ordinal);

    private static TimeSpan Duration(Config config, string setting)
    {
        try
        {
            var value = config.GetTimeSpan(setting, allowInfinite: false);
            return value > TimeSpan.Zero && value <= TimeSpan.FromHours(1)
                ? value
                : throw Wrong(setting, config.GetString(setting), "must be above zero and at most an hour");
        }
        catch (Exception malformed) when (malformed is not RaftConfigurationException)
        {
            throw Wrong(setting, config.GetString(setting), "must be a duration such as 500ms or 10s");
        }
    }

    private static ImmutableArray<string> Names(Config config, string setting)
    {
        if (!config.GetValue(setting).IsArray())
        {
            // Akka's parser reads an empty list as nothing.
            return string.IsNullOrEmpty(config.GetString(setting)) ? [] : throw Wrong(
                setting, config.GetString(setting), "use a list, such as [\"raft.example.com\", \"*.raft.svc.cluster.local\"]");
        }

        var names = config.GetStringList(setting).ToImmutableArray();
        return names.FirstOrDefault(static name => !NamePattern.IsName(name)) is { } wrong
            ? throw Wrong(
                setting, wrong,
                "is not a name; use names without scheme and port, or *. and a name (you need not list addresses)")
            : names;
    }

    private static ImmutableDictionary<string, Uri> Addresses(Config config)
    {
        var addresses = ImmutableDictionary.CreateBuilder<string, Uri>(StringComparer.Ordinal);
        var section = config.GetConfig("host.http-addresses");
        foreach (var (server, value) in section is null ? [] : section.AsEnumerable())
        {
            var setting = $"host.http-addresses.{server}";
            var text = value.GetString();
            addresses[server] = Uri.TryCreate(text, UriKind.Absolute, out var address)
                && address.Scheme is "http" or "https"
                && address.PathAndQuery == "/"
                    ? address
                    : throw Wrong(setting, text, "use a URL without a path, such as http://10.0.0.1:8080");
        }

        return addresses.ToImmutable();
    }
}
