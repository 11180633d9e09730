using System.Collections.Immutable;

namespace Raft.Actors.Model;

/// <summary>
/// The servers of a Raft group, in the order in which they were listed (dissertation, chapter 4). Immutable; a change
/// is a new configuration in a new log entry.
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>The configuration of a server that was never told of a group: no servers at all.</summary>
    public static readonly Configuration Empty = new([]);

    /// <summary>Makes a configuration out of its servers.</summary>
    /// <param name="servers">The servers, in their order.</param>
    /// <param name="identity">The identity of the group; none before it has one.</param>
    /// <param name="stateMachineVersion">The version of the commands that follow it in the log.</param>
    /// <exception cref="ArgumentException">Two servers share an id or an address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The version is negative.</exception>
    public Configuration(ImmutableArray<Server> servers, GroupIdentity identity = default, int stateMachineVersion = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stateMachineVersion);
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
        Identity = identity;
        StateMachineVersion = stateMachineVersion;
        Voters = [.. servers.Where(static server => server.Suffrage == Suffrage.Voter).Select(static server => server.Id)];
    }

    /// <summary>The identity of the group; none in a group that began before there were identities.</summary>
    public GroupIdentity Identity { get; }

    /// <summary>
    /// The version of the commands that follow this configuration in the log
    /// (<see cref="StateMachine.IVersionedStateMachine"/>). It never goes back.
    /// </summary>
    public int StateMachineVersion { get; }

    /// <summary>All servers, voters and nonvoters.</summary>
    public ImmutableArray<Server> Servers { get; }

    /// <summary>The ids of the servers that vote.</summary>
    public ImmutableArray<ServerId> Voters { get; }

    /// <summary>Whether there is no server at all, as before a server joins or is bootstrapped.</summary>
    public bool IsEmpty => Servers.IsEmpty;

    /// <summary>How many voters make a majority (0 in an empty configuration, which can decide nothing).</summary>
    public int QuorumSize => Quorum.SizeOf(Voters.Length);

    /// <summary>Whether the server is one of this configuration.</summary>
    public bool Contains(ServerId id) => Find(id) is not null;

    /// <summary>Whether the server votes in this configuration.</summary>
    public bool IsVoter(ServerId id) => Voters.Contains(id);

    /// <summary>
    /// Whether what a server says with a journal counts: its vote, what it confirms, that it follows. It does where the
    /// configuration knows no journal of that server, or this one. A server that lost its disk has another, and has forgotten
    /// what it said before.
    /// </summary>
    public bool Counts(ServerId id, JournalIdentity journal) =>
        Find(id) is { } server && (server.Journal.IsNone || server.Journal == journal);

    /// <summary>Whether the server votes in this configuration with that journal.</summary>
    public bool IsVoter(ServerId id, JournalIdentity journal) => IsVoter(id) && Counts(id, journal);

    /// <summary>This configuration with a server changed, or added at the end.</summary>
    public Configuration With(Server changed)
    {
        var place = Servers.IndexOf(Find(changed.Id)!);
        var servers = place < 0 ? Servers.Add(changed) : Servers.SetItem(place, changed);
        return new Configuration(servers, Identity, StateMachineVersion);
    }

    /// <summary>This configuration without a server.</summary>
    public Configuration Without(ServerId id) => new(Servers.RemoveAll(server => server.Id == id), Identity, StateMachineVersion);

    /// <summary>This configuration with another version of the commands that follow it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The version is lower: entries of the present one may follow already.
    /// </exception>
    public Configuration WithStateMachineVersion(int version)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, StateMachineVersion);
        return new Configuration(Servers, Identity, version);
    }

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
    public bool Equals(Configuration? other) =>
        other is not null
        && Identity == other.Identity
        && StateMachineVersion == other.StateMachineVersion
        && Servers.SequenceEqual(other.Servers);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc />
    public override int GetHashCode() => Servers.Aggregate(17, static (hash, server) => (hash * 31) + server.GetHashCode());

    /// <inheritdoc />
    public override string ToString() =>
        (IsEmpty ? "no servers" : string.Join(", ", Servers))
        + (StateMachineVersion == 0 ? string.Empty : $", version {StateMachineVersion}");
}
