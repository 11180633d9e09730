namespace Raft.Actors.Protocol;

/// <summary>
/// Begins a client session (dissertation 6.3), through the log. Answered by <see cref="SessionRegistered"/> or a
/// <see cref="RaftFailure"/>; a session whose answer was lost expires by itself.
/// </summary>
public sealed record RegisterSession : IEntryRequest
{
    /// <summary>As <see cref="Apply.EnqueueTimeout"/>.</summary>
    public TimeSpan? EnqueueTimeout { get; init; }
}

/// <summary>
/// Keeps a session from expiring, and says which answers may be forgotten. A command of the session does the same. Answered by
/// <see cref="SessionKeptAlive"/> or <see cref="SessionExpired"/>.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="LowestUnanswered">The lowest sequence whose answer the client may still ask for, from 1 on; commands below it
/// are never applied any more.</param>
public sealed record KeepSessionAlive(long SessionId, long LowestUnanswered) : IEntryRequest;

/// <summary>
/// Ends a session and forgets its answers. Answered by <see cref="SessionClosed"/>, also if it has ended already.
/// </summary>
/// <param name="SessionId">The session.</param>
public sealed record CloseSession(long SessionId) : IEntryRequest;

/// <summary>The session has begun.</summary>
/// <param name="SessionId">Its id: the index of the entry that registered it.</param>
/// <param name="Timeout">It expires when it is not used for this long, by the leader's clock.</param>
public sealed record SessionRegistered(long SessionId, TimeSpan Timeout) : IRaftReply;

/// <summary>The session was alive, and its time begins anew.</summary>
/// <param name="SessionId">The session.</param>
public sealed record SessionKeptAlive(long SessionId) : IRaftReply;

/// <summary>The session has ended.</summary>
/// <param name="SessionId">The session.</param>
public sealed record SessionClosed(long SessionId) : IRaftReply;

/// <summary>
/// The session has expired, was closed or never was. <b>This</b> copy of the command was not applied and never will be. If you
/// sent only this copy, it is not done. An earlier copy may have been applied while the session lived.
/// </summary>
/// <param name="SessionId">The session.</param>
public sealed record SessionExpired(long SessionId) : RaftFailure(Outcome.Unknown)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message =>
        $"session {SessionId} has expired or was closed; this copy of the command was not applied, "
        + "but an earlier one may have been";
}

/// <summary>A limit of raft.sessions is reached: this copy of the command was not applied, or no session was begun.</summary>
/// <param name="Reason">Which limit.</param>
public sealed record SessionLimitReached(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => Reason;
}

/// <summary>A command of a session came again and was not applied again, but its answer is not there any more.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Sequence">The command.</param>
/// <param name="Outcome">Done: it was applied, and its result was larger than <c>raft.sessions.max-answer-bytes</c>. Unknown:
/// the client had said that it no longer waits for it. It was applied before that, or never will be.</param>
public sealed record AnswerNotKept(long SessionId, long Sequence, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message => Outcome == Outcome.Done
        ? $"command {Sequence} of session {SessionId} was applied; "
            + "its result was too large to be kept (raft.sessions.max-answer-bytes)"
        : $"command {Sequence} of session {SessionId} is below what the client said that it waits for; it was not applied again";
}
