namespace Raft.Actors.Protocol;

/// <summary>
/// Has the whole group leave out an entry that its state machines cannot apply: the way on when a command makes every replica throw. The
/// leader puts it into the log, and every server leaves the entry out at its place, in all of its lives. Answered by
/// <see cref="EntrySkipped"/> when that is committed, or by a <see cref="RaftFailure"/>, most often <see cref="SkipRefused"/>.
/// </summary>
/// <remarks>The leader does it only for the entry at which its own state machine has failed, and only when every member can read it.</remarks>
/// <param name="Index">The index of the entry, as the failure names it.</param>
/// <param name="Term">The term of the entry.</param>
public sealed record SkipEntry(long Index, long Term) : IRaftRequest;

/// <summary>The entry is skipped by every server: done.</summary>
/// <param name="Index">The entry that is skipped.</param>
/// <param name="Term">Its term.</param>
/// <param name="At">The index of the entry that says so.</param>
public sealed record EntrySkipped(long Index, long Term, long At) : IRaftReply;

/// <summary>The leader does not skip the entry.</summary>
/// <param name="Reason">Why.</param>
public sealed record SkipRefused(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"the entry was not skipped: {Reason}";
}

/// <summary>The command was skipped by an operator, because no state machine could apply it. It had no effect and never will.</summary>
/// <param name="Index">The command's index.</param>
public sealed record CommandSkipped(long Index) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"an operator had the group skip the command of entry {Index}, because the state machine failed on it; do not send it again";
}
