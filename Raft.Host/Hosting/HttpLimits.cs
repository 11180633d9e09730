using Akka.Configuration;
using Raft.Actors.Settings;

namespace Raft.Host.Hosting;

/// <summary>How much of a server HTTP clients may use: the section <c>host.http</c> of hocon/defaults.conf.</summary>
internal sealed record HttpLimits
{
    private const long LeastMemory = 32 * 1024 * 1024;

    /// <summary><c>host.http.max-connections</c>.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary><c>host.http.max-watchers</c>.</summary>
    public int MaxWatchers { get; init; } = 500;

    /// <summary><c>host.http.max-sessions-per-client</c>.</summary>
    public int MaxSessionsPerClient { get; init; } = 1000;

    /// <summary><c>host.http.max-memory</c>, in bytes.</summary>
    public long MaxMemory { get; init; } = 256 * 1024 * 1024;

    /// <summary>Reads the section.</summary>
    /// <exception cref="RaftConfigurationException">A setting is malformed; the message names it.</exception>
    public static HttpLimits Create(Config config) => new()
    {
        MaxConnections = Count(config, "host.http.max-connections"),
        MaxWatchers = Count(config, "host.http.max-watchers"),
        MaxSessionsPerClient = Count(config, "host.http.max-sessions-per-client"),
        MaxMemory = Memory(config, "host.http.max-memory"),
    };

    private static int Count(Config config, string setting) =>
        int.TryParse(config.GetString(setting), out var count) && count > 0
            ? count
            : throw new RaftConfigurationException($"{setting} = '{config.GetString(setting)}': must be a number, 1 or more");

    /// <summary>There must be room for the largest possible request with the longest key.</summary>
    private static long Memory(Config config, string setting)
    {
        var rule = $"{setting} = '{config.GetString(setting)}': "
            + $"must be a size of at least {LeastMemory / (1024 * 1024)}MiB, such as 256MiB";
        try
        {
            return config.GetByteSize(setting) is { } bytes and >= LeastMemory
                ? bytes
                : throw new RaftConfigurationException(rule);
        }
        catch (Exception malformed) when (malformed is not RaftConfigurationException)
        {
            throw new RaftConfigurationException(rule, malformed);
        }
    }
}
