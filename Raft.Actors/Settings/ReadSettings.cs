namespace Raft.Actors.Settings;

/// <summary>The section <c>raft.reads</c>: how long reads wait, and whether a leader may answer them without its group.</summary>
public sealed record ReadSettings
{
    /// <summary>
    /// <c>timeout</c>: how long a read may wait for a quorum, and for the state that it must show, before it is answered
    /// <see cref="Protocol.ReadTimedOut"/>. Above zero; 5 s by default. A read may name its own.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// <c>max-staleness</c>: how old the answer to a read of bounded staleness may be, if the read does not say. Zero or more;
    /// 5 s by default. Shorter: more such reads ask the leader.
    /// </summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// <c>lease</c>: whether a leader answers reads with the consistency <c>Lease</c> without a round of heartbeats. False by
    /// default, and the same on every server. True: such reads are linearizable only while clocks keep to
    /// <see cref="MaxClockDrift"/>, and a server gives no vote for the heartbeat timeout after it has started. A virtual
    /// machine that is suspended with its clock breaks the promise.
    /// </summary>
    public bool Lease { get; init; }

    /// <summary>
    /// <c>max-clock-drift</c>: while one server's clock counts the heartbeat timeout, any other server's clock counts at least
    /// that less this. Zero or more; with <see cref="Lease"/> below the heartbeat timeout; 100 ms by default. Too small for your
    /// clocks: reads by lease may be stale. Larger: the lease is that much shorter.
    /// </summary>
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
