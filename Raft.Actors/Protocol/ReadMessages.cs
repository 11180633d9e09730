namespace Raft.Actors.Protocol;

/// <summary>
/// A server asks the leader how far it must have applied the log to answer reads (the read index, dissertation 6.4).
/// </summary>
/// <param name="Header">The term is the asking server's; the answer does not depend on it.</param>
/// <param name="Sequence">Counts the questions of one life of a node, from a random number on; the answer repeats it.</param>
public sealed record RequestReadIndex(PeerHeader Header, long Sequence) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The answer to <see cref="RequestReadIndex"/>, once a quorum has confirmed the leader after the question came. A server that
/// does not lead, or loses leadership, does not answer, and the question is asked again.
/// </summary>
/// <param name="Header">The term is the leader's.</param>
/// <param name="Sequence">The sequence of the question.</param>
/// <param name="Index">The leader's commit index: all that was committed before the question was sent is at or below
/// it.</param>
public sealed record ReadIndexResponse(PeerHeader Header, long Sequence, long Index) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// A read was not confirmed in its time: the node is cut off, or what the read needs is not committed or applied.
/// </summary>
/// <param name="Waited">How long it waited.</param>
public sealed record ReadTimedOut(TimeSpan Waited) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message =>
        $"the read was not confirmed within {Waited.TotalMilliseconds:0} ms: the node may be cut off; try again or ask another";
}

/// <summary>The node cannot answer within the staleness that was asked for.</summary>
/// <param name="Staleness">How old its state may be; null if it has never known.</param>
/// <param name="MaxStaleness">The bound.</param>
public sealed record TooStale(TimeSpan? Staleness, TimeSpan MaxStaleness) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => Staleness is { } staleness
        ? $"the node may be {staleness.TotalMilliseconds:0} ms behind, and {MaxStaleness.TotalMilliseconds:0} ms are allowed; "
            + "ask another, or allow more"
        : $"the node does not know how far behind it is, and {MaxStaleness.TotalMilliseconds:0} ms are allowed; ask another";
}
