using Raft.Actors.Model;
using Raft.Simulation.World;

namespace Raft.Simulation.Journal;

/// <summary>An entry as the rules compare it.</summary>
/// <param name="Term">Its term.</param>
/// <param name="Content">A digest of all else.</param>
internal readonly record struct EntryIdentity(long Term, ulong Content)
{
    public static EntryIdentity Of(LogEntry entry) => new(
        entry.Term,
        Mix(
            entry.Session,
            Digest.Of(
                entry.Extensions.Span,
                Digest.Of(
                    entry.Data.Bytes.Span, Digest.Mix(Digest.Mix(Digest.Start, (ulong)entry.Kind), (ulong)entry.Timestamp)))));

    private static ulong Mix(CommandSession? session, ulong digest) => session is null
        ? digest
        : Digest.Mix(
            Digest.Mix(Digest.Mix(digest, (ulong)session.SessionId), (ulong)session.Sequence), (ulong)session.LowestUnanswered);
}
