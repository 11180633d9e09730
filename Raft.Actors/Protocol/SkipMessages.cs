namespace Raft.Actors.Protocol;

/// <summary>
/// Lets the whole group leave out a committed command at which every state machine throws: the last resort of an operator. The
/// leader puts this into the log, and every server leaves the command out, in all of its lives. Answered by
/// <see cref="EntrySkipped"/> when that is committed, or by a <see cref="RaftFailure"/>, most often <see cref="SkipRefused"/>.
/// Safe to repeat.
/// </summary>
/// <remarks>
/// The leader does it only if its own state machine and those of all other voters throw at exactly this entry, if no server
/// has applied it, and if every server has announced that it can read a skip.
/// </remarks>
/// <param name="Index">The index of the entry, as status and log name it.</param>
/// <param name="Term">The term of the entry.</param>
public sealed record SkipEntry(long Index, long Term) : IEntryRequest;

/// <summary>The skip is committed: no server applies the entry.</summary>
/// <param name="Index">The entry that is skipped.</param>
/// <param name="Term">Its term.</param>
/// <param name="At">The index of the entry that says so.</param>
public sealed record EntrySkipped(long Index, long Term, long At) : IRaftReply;

/// <summary>The leader does not skip the entry.</summary>
/// <param name="Reason">Why.</param>
public sealed record SkipRefused(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"the entry is not skipped: {Reason}";
}

/// <summary>
/// An operator had the group skip this command, because no state machine could apply it. It had no effect and never will.
/// </summary>
/// <param name="Index">The command's index.</param>
public sealed record CommandSkipped(long Index) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message =>
        $"the command of entry {Index} is not applied: the state machines threw at it, and an operator had the group skip it. "
        + "Do not send it again";
}
