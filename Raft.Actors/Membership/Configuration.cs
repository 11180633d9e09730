using System.Collections.Immutable;

namespace Raft.Actors.Membership;

/// <summary>
/// The servers of a Raft group, in the order in which they were listed (dissertation, chapter 4). Immutable; a change
/// is a new configuration in a new log entry.
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>The configuration of a server that was never told of a group: no servers at all.</summary>
    public static readonly Configuration Empty = new([]);

    /// <summary>Makes a configuration out of its servers.</summary>
    /// <exception cref="ArgumentException">Two servers share an id or an address.</exception>
    public Configuration(ImmutableArray<Server> servers)
    {
        var ids = new HashSet<ServerId>();
        var addresses = new HashSet<string>(StringComparer.Ordinal);
        foreach (var server in servers)
        {
            if (server.Id.IsNone)
            {
                throw new ArgumentException($"the server at '{server.Address}' has no id", nameof(servers));
            }

            if (!ids.Add(server.Id))
            {
                throw new ArgumentException($"the server id '{server.Id}' is listed twice", nameof(servers));
            }

            if (!addresses.Add(server.Address))
            {
                throw new ArgumentException($"the address '{server.Address}' is listed twice", nameof(servers));
            }
        }

        Servers = servers;
        Voters = [.. servers.Where(static server => server.Suffrage == Suffrage.Voter).Select(static server => server.Id)];
    }

    /// <summary>All servers, voters and nonvoters.</summary>
    public ImmutableArray<Server> Servers { get; }

    /// <summary>The ids of the servers that vote.</summary>
    public ImmutableArray<ServerId> Voters { get; }

    /// <summary>Whether there is no server at all, as before a server joins or is bootstrapped.</summary>
    public bool IsEmpty => Servers.IsEmpty;

    /// <summary>How many voters make a majority (0 in an empty configuration, which can decide nothing).</summary>
    public int QuorumSize => Voters.IsEmpty ? 0 : (Voters.Length / 2) + 1;

    /// <summary>Whether the server is one of this configuration.</summary>
    public bool Contains(ServerId id) => Find(id) is not null;

    /// <summary>Whether the server votes in this configuration.</summary>
    public bool IsVoter(ServerId id) => Voters.Contains(id);

    /// <summary>The server with that id, or null.</summary>
    public Server? Find(ServerId id)
    {
        foreach (var server in Servers)
        {
            if (server.Id == id)
            {
                return server;
            }
        }

        return null;
    }

    /// <inheritdoc />
    public bool Equals(Configuration? other) => other is not null && Servers.SequenceEqual(other.Servers);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc />
    public override int GetHashCode() => Servers.Aggregate(17, static (hash, server) => (hash * 31) + server.GetHashCode());

    /// <inheritdoc />
    public override string ToString() => IsEmpty ? "no servers" : string.Join(", ", Servers);
}
