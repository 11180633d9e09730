using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Log;

/// <summary>
/// The log matching rules of AppendEntries (dissertation 3.5): the follower's consistency check, what of a message is
/// new to it, and where a leader goes on after a mismatch.
/// </summary>
public static class LogMatching
{
    /// <summary>Checks a message against the follower's log.</summary>
    /// <param name="log">The follower's log.</param>
    /// <param name="prevLogIndex">The index right before the first entry.</param>
    /// <param name="prevLogTerm">The term that the leader has there.</param>
    /// <param name="entries">The entries, their indexes following the previous one without gaps.</param>
    public static LogMatch Check(LogView log, long prevLogIndex, long prevLogTerm, ImmutableArray<LogEntry> entries)
    {
        if (prevLogIndex > log.LastIndex)
        {
            return LogMatch.Mismatch(conflictTerm: 0, conflictIndex: log.LastIndex + 1);
        }

        // What lies below the base was committed before it was compacted away, and so equals the leader's.
        if (prevLogIndex >= log.BaseIndex && log.TermAt(prevLogIndex) is { } term && term != prevLogTerm)
        {
            return LogMatch.Mismatch(term, Math.Max(log.FirstIndexOfTermAtLeast(term), log.FirstIndex));
        }

        var known = 0;
        while (known < entries.Length
            && (entries[known].Index < log.BaseIndex || log.TermAt(entries[known].Index) == entries[known].Term))
        {
            known++;
        }

        return LogMatch.Matches(prevLogIndex + entries.Length, known);
    }

    /// <summary>
    /// Where a leader tries next after a follower's mismatch: after its own last entry of the conflicting term, or, if it has
    /// none of that term, at the follower's first entry of it. One round trip skips a whole term (dissertation 3.5).
    /// </summary>
    /// <param name="log">The leader's log.</param>
    /// <param name="rejectedIndex">The previous index that did not match.</param>
    /// <param name="conflictTerm">The follower's term there; 0 where its log is too short.</param>
    /// <param name="conflictIndex">The follower's hint.</param>
    public static long NextIndexAfterConflict(LogView log, long rejectedIndex, long conflictTerm, long conflictIndex)
    {
        var next = conflictIndex;
        if (conflictTerm > 0)
        {
            var lastOfTerm = log.FirstIndexOfTermAtLeast(conflictTerm + 1) - 1;
            if (lastOfTerm > log.BaseIndex && log.TermAt(lastOfTerm) == conflictTerm)
            {
                next = lastOfTerm + 1;
            }
        }

        // Whatever the hint says, each mismatch moves the leader back, and never below the first index.
        return Math.Clamp(Math.Min(next, rejectedIndex), 1, log.LastIndex + 1);
    }
}

/// <summary>What <see cref="LogMatching.Check"/> found.</summary>
/// <param name="IsMatch">Whether the log matches at the previous entry.</param>
/// <param name="MatchIndex">On a match, the last index of the message: the logs are equal up to it once its entries are
/// appended.</param>
/// <param name="KnownEntries">On a match, how many of the message's first entries the log holds already.</param>
/// <param name="ConflictTerm">On a mismatch, the follower's term at the previous index; 0 where its log is too short.</param>
/// <param name="ConflictIndex">On a mismatch, the first index of that term; or the index after the last entry.</param>
public readonly record struct LogMatch(bool IsMatch, long MatchIndex, int KnownEntries, long ConflictTerm, long ConflictIndex)
{
    internal static LogMatch Matches(long matchIndex, int knownEntries) => new(true, matchIndex, knownEntries, 0, 0);

    internal static LogMatch Mismatch(long conflictTerm, long conflictIndex) => new(false, 0, 0, conflictTerm, conflictIndex);
}
