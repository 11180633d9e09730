namespace Raft.Actors.Settings;

/// <summary>What the leader makes of an empty server that discovery finds.</summary>
public enum JoinPolicy : byte
{
    /// <summary>A voter, once it has caught up as a nonvoter.</summary>
    Voter = 0,

    /// <summary>A nonvoter, and it stays one.</summary>
    Nonvoter = 1,

    /// <summary>Nothing: an operator adds it.</summary>
    None = 2,
}

/// <summary>
/// The section <c>raft.discovery</c>: servers find one another through Akka.Cluster, begin the group, and join it. The cluster
/// only gives hints: the configuration in the log alone says who belongs to the group.
/// </summary>
public sealed record DiscoverySettings
{
    /// <summary>
    /// <c>enabled</c>: whether discovery runs. False by default. It needs <c>akka.actor.provider = cluster</c>.
    /// </summary>
    public bool Enabled { get; init; }

    /// <summary>
    /// <c>role</c>: only members of the cluster with this role can be servers of the group. Empty, the default: all members.
    /// </summary>
    public string Role { get; init; } = string.Empty;

    /// <summary>
    /// <c>bootstrap-expect</c>: the group begins when exactly this many empty servers, which all expect this number, see each
    /// other and have pledged themselves. Zero or more, the same on each of them. Zero, the default: this server never begins a
    /// group and waits to be added. Start fewer than twice as many before the group stands: in a cluster that is cut in two,
    /// each half could begin one.
    /// </summary>
    public int BootstrapExpect { get; init; }

    /// <summary>
    /// <c>join-as</c>: what the leader makes of an empty server that it finds. A voter by default, once it has caught up.
    /// </summary>
    public JoinPolicy JoinAs { get; init; }

    /// <summary>
    /// <c>interval</c>: how often the servers ask one another who they are. From 50 ms to one hour; 1 s by default.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <c>stable-for</c>: how long a server must be seen without a break before it is added or its new address is taken up, and
    /// how long the same servers must be seen before the group begins. Zero or more; 5 s by default. Too short: servers that
    /// come and go change the configuration again and again.
    /// </summary>
    public TimeSpan StableFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// <c>remove-after</c>: the leader removes a server that has neither answered nor been seen for this long, one at a time,
    /// while the healthy voters are a quorum. Zero or more. Zero, the default, removes no server. Too short: a server that
    /// restarts is removed.
    /// </summary>
    public TimeSpan RemoveAfter { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// <c>min-voters</c>: a voter is not removed if fewer voters than this would be left. Above zero; 3 by default.
    /// </summary>
    public int MinVoters { get; init; } = 3;

    internal void Validate()
    {
        RaftSettings.Check(BootstrapExpect >= 0, "raft.discovery.bootstrap-expect", BootstrapExpect, "must not be negative");
        RaftSettings.Check(
            Interval >= TimeSpan.FromMilliseconds(50), "raft.discovery.interval", Interval, "must be at least 50 ms");
        RaftSettings.Check(Interval <= TimeSpan.FromHours(1), "raft.discovery.interval", Interval, "must be at most one hour");
        RaftSettings.Check(StableFor >= TimeSpan.Zero, "raft.discovery.stable-for", StableFor, "must not be negative");
        RaftSettings.Check(RemoveAfter >= TimeSpan.Zero, "raft.discovery.remove-after", RemoveAfter, "must not be negative");
        RaftSettings.Positive(MinVoters, "raft.discovery.min-voters");
    }
}
