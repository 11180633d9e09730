namespace Raft.Actors.Settings;

/// <summary><c>raft.reads</c>: how long reads wait, and what they may rest on.</summary>
public sealed record ReadSettings
{
    /// <summary><c>timeout</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>max-staleness</c>.</summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>lease</c>.</summary>
    public bool Lease { get; init; }

    /// <summary><c>max-clock-drift</c>.</summary>
    public TimeSpan MaxClockDrift { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate(TimeSpan heartbeatTimeout)
    {
        RaftSettings.Positive(Timeout, "raft.reads.timeout");
        RaftSettings.Check(MaxStaleness >= TimeSpan.Zero, "raft.reads.max-staleness", MaxStaleness, "must not be negative");
        RaftSettings.Check(MaxClockDrift >= TimeSpan.Zero, "raft.reads.max-clock-drift", MaxClockDrift, "must not be negative");
        RaftSettings.Check(
            !Lease || MaxClockDrift < heartbeatTimeout, "raft.reads.max-clock-drift", MaxClockDrift,
            $"must be below raft.heartbeat-timeout ({heartbeatTimeout.TotalMilliseconds:0.###} ms), or there is no lease");
    }
}
