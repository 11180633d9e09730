namespace Raft.Actors.Settings;

/// <summary>What becomes of an empty server that discovery finds beside a group.</summary>
public enum JoinPolicy : byte
{
    /// <summary>A voter, once it has caught up as a nonvoter.</summary>
    Voter = 0,

    /// <summary>A nonvoter for good.</summary>
    Nonvoter = 1,

    /// <summary>Nothing: an operator adds it.</summary>
    None = 2,
}

/// <summary><c>raft.discovery</c>: how the servers find one another through Akka.Cluster, and what is done about what they find.</summary>
public sealed record DiscoverySettings
{
    /// <summary><c>enabled</c>.</summary>
    public bool Enabled { get; init; }

    /// <summary><c>role</c>; empty: all members of the cluster.</summary>
    public string Role { get; init; } = string.Empty;

    /// <summary><c>bootstrap-expect</c>; 0: this server never begins a group.</summary>
    public int BootstrapExpect { get; init; }

    /// <summary><c>join-as</c>.</summary>
    public JoinPolicy JoinAs { get; init; }

    /// <summary><c>interval</c>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>stable-for</c>.</summary>
    public TimeSpan StableFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>remove-after</c>; zero: nobody is removed.</summary>
    public TimeSpan RemoveAfter { get; init; } = TimeSpan.Zero;

    /// <summary><c>min-voters</c>.</summary>
    public int MinVoters { get; init; } = 3;

    internal void Validate()
    {
        RaftSettings.Check(BootstrapExpect >= 0, "raft.discovery.bootstrap-expect", BootstrapExpect, "must not be negative");
        RaftSettings.Check(Interval >= TimeSpan.FromMilliseconds(50), "raft.discovery.interval", Interval, "at least 50 ms");
        RaftSettings.Check(Interval <= TimeSpan.FromHours(1), "raft.discovery.interval", Interval, "must not be above an hour");
        RaftSettings.Check(StableFor >= TimeSpan.Zero, "raft.discovery.stable-for", StableFor, "must not be negative");
        RaftSettings.Check(RemoveAfter >= TimeSpan.Zero, "raft.discovery.remove-after", RemoveAfter, "must not be negative");
        RaftSettings.Positive(MinVoters, "raft.discovery.min-voters");
    }
}
