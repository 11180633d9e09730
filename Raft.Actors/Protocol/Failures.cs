using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>What a client may conclude from an answer about its command.</summary>
public enum Outcome : byte
{
    /// <summary>The command is committed and applied.</summary>
    Done = 0,

    /// <summary>The command is not in the log and never will be: it may be sent again.</summary>
    NotDone = 1,

    /// <summary>The command may or may not be applied, now or later. Sending it again may apply it twice.</summary>
    Unknown = 2,
}

/// <summary>A request was not carried out, or it is not known whether it was.</summary>
/// <param name="Outcome">Which of the two.</param>
public abstract record RaftFailure(Outcome Outcome) : IRaftReply
{
    /// <summary>What was wrong and what to do, in one sentence.</summary>
    public abstract string Message { get; }

    /// <summary>
    /// Whether the very same request would be refused again, however often you send it: the request must change. False if it
    /// may succeed later (a leader is elected, there is room). Whether the command was carried out is <see cref="Outcome"/>.
    /// </summary>
    public virtual bool IsPermanent => false;
}

/// <summary>Another node leads, or none does. Nothing was done here.</summary>
/// <param name="LeaderId">The leader that this node knows of; none if it knows none.</param>
/// <param name="LeaderAddress">The address from which the node hears the leader, which may be newer than the configuration's;
/// or null.</param>
public sealed record NotLeader(ServerId LeaderId, string? LeaderAddress) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => LeaderId.IsNone
        ? "this node is not the leader and knows of none; try again after an election"
        : string.IsNullOrEmpty(LeaderAddress)
            ? $"this node is not the leader; {LeaderId} leads, whose address it does not know yet: ask again in a moment"
            : $"this node is not the leader; send to {LeaderId} at {LeaderAddress}";
}

/// <summary>The intake stayed full for as long as the command was allowed to wait.</summary>
/// <param name="Waited">How long it waited.</param>
public sealed record EnqueueTimedOut(TimeSpan Waited) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message =>
        $"the command was not accepted within {Waited.TotalMilliseconds:0} ms because the intake stayed full; "
        + "send less at once or allow more time";
}

/// <summary>The intake is full.</summary>
/// <param name="InFlight">How many commands are in flight; if a read is refused, how many reads wait.</param>
/// <param name="RetryAfter">A hint of when to try again.</param>
public sealed record Overloaded(int InFlight, TimeSpan RetryAfter) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message =>
        $"the intake is full ({InFlight} requests in flight); try again in {RetryAfter.TotalMilliseconds:0} ms";
}

/// <summary>The command is larger than can ever be sent to a follower.</summary>
/// <param name="Size">Its encoded size with its extensions, in bytes.</param>
/// <param name="Limit">The limit, <c>raft.intake.max-command-bytes</c>.</param>
public sealed record TooLarge(long Size, long Limit) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message =>
        $"the command has {Size} bytes and the limit is {Limit} (raft.intake.max-command-bytes); "
        + "split it or raise the limit and Akka.Remote's maximum-frame-size on every node";
}

/// <summary>The request itself is at fault: a type that is not listed, bytes that cannot be read, a null.</summary>
/// <param name="Reason">What is wrong with it.</param>
public sealed record InvalidRequest(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message => Reason;
}

/// <summary>The node lost leadership while the command was in its log and not yet committed.</summary>
/// <param name="Index">The command's index; 0 for a read, which leaves nothing behind.</param>
/// <param name="Term">The term that ended.</param>
public sealed record LeadershipLost(long Index, long Term) : RaftFailure(Index == 0 ? Outcome.NotDone : Outcome.Unknown)
{
    /// <inheritdoc />
    public override string Message => Index == 0
        ? $"leadership of term {Term} was lost before the read was confirmed; ask the new leader"
        : $"leadership of term {Term} was lost before entry {Index} was committed; the next leader may still commit it";
}

/// <summary>Leadership is being handed over; nothing is accepted meanwhile.</summary>
public sealed record LeadershipTransferInProgress() : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => "leadership is being handed over; try again in a moment";
}

/// <summary>
/// The leader does not make this change: it would break a rule of membership changes, or the server did not catch up. The
/// change is not in force and will not come into force.
/// </summary>
/// <param name="Reason">Which rule, or what was missing.</param>
public sealed record ConfigurationRefused(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"the configuration was not changed: {Reason}";
}

/// <summary>The node's journal failed, refused a write or hangs.</summary>
/// <param name="Reason">What the journal said.</param>
/// <param name="Outcome">Unknown for a command that was in the log already.</param>
public sealed record StorageFailed(string Reason, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override string Message => $"the node's journal failed: {Reason}";
}

/// <summary>The state machine threw, on a command (which is committed) or on a query.</summary>
/// <param name="Index">The command's index; 0 for a query.</param>
/// <param name="Reason">What it said.</param>
/// <param name="Outcome">Unknown for a command; not done for a query.</param>
public sealed record StateMachineFailed(long Index, string Reason, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <summary>For a query: the state machine refused that one and goes on.</summary>
    public override bool IsPermanent => Index == 0;

    /// <inheritdoc />
    public override string Message => Index == 0
        ? $"the state machine refused the query: {Reason}"
        : $"the state machine failed before it could answer entry {Index}: {Reason}";
}

/// <summary>The node is stopping or has stopped.</summary>
/// <param name="Outcome">Unknown for a command that was in the log already.</param>
public sealed record ShuttingDown(Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override string Message => "the node is shutting down; send to another";
}

/// <summary>The node is not running just now: it restarts after a failure, or still reads its journal.</summary>
/// <param name="Reason">Why.</param>
public sealed record Unavailable(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <summary>Whether the node never runs again in this process. It is not sent to others.</summary>
    public bool OnlyRestartHelps { get; init; }

    /// <inheritdoc />
    public override string Message => $"the node does not serve just now ({Reason}); try again or send to another";
}

/// <summary>A client's time was over before the group had answered. Only a client says so, never a node.</summary>
/// <param name="Outcome">Not done if every copy that was sent was refused, or no copy was sent; otherwise unknown.</param>
/// <param name="Attempts">How often the request was sent.</param>
/// <param name="Reason">What was heard last.</param>
public sealed record DeadlinePassed(Outcome Outcome, int Attempts, string Reason) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override string Message => $"the time was over after {Attempts} attempts: {Reason}";
}

/// <summary>
/// The group's answer is of another type than the caller of a typed client expects. Only a client says so, never a node.
/// </summary>
/// <param name="Expected">The type that was asked for.</param>
/// <param name="Actual">The type that came; null if nothing came.</param>
/// <param name="Outcome">Done for a command, which was applied; not done for a query.</param>
public sealed record WrongResultType(string Expected, string? Actual, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message =>
        $"the answer is {(Actual is null ? "null" : $"a {Actual}")}, and the caller expects a {Expected}"
        + (Outcome == Outcome.Done ? "; the command was applied" : string.Empty);
}
