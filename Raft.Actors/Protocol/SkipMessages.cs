namespace Raft.Actors.Protocol;

/// <summary>
/// Leaves out a committed command on which the state machine throws: no server ever applies it. The last resort of an
/// operator. A leader whose own state machine has failed at exactly this entry takes it; the act is an entry of the log.
/// Answered by <see cref="EntrySkipped"/> or <see cref="SkipRefused"/>. Safe to repeat.
/// </summary>
/// <param name="Index">The entry's index, as status and log name it.</param>
/// <param name="Term">Its term.</param>
public sealed record SkipEntry(long Index, long Term) : IRaftRequest;

/// <summary>The skip is committed. Each server builds its state anew, without the entry.</summary>
/// <param name="Index">The index of the entry that says so.</param>
/// <param name="Skipped">The index of the entry that is left out.</param>
public sealed record EntrySkipped(long Index, long Skipped) : IRaftReply;

/// <summary>The entry is not skipped.</summary>
/// <param name="Reason">Why.</param>
public sealed record SkipRefused(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"the entry is not skipped: {Reason}";
}
