using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Log;

/// <summary>
/// The skips that stand in the log. A skip counts once it is committed. Until then it is not known whether the entry that it
/// names will be applied, and nothing is applied from that entry on. Most logs have none, and are asked at each commit.
/// </summary>
public sealed class SkippedEntries
{
    /// <summary>All skips, in the order of the log.</summary>
    public ImmutableArray<SkippedEntry> All { get; private set; } = [];

    /// <summary>Takes note of an entry that was appended.</summary>
    public void Append(LogEntry entry)
    {
        if (entry.Kind == EntryKind.SkipEntry)
        {
            All = All.Add(SkippedEntry.Of(entry));
        }
    }

    /// <summary>The entries from an index on are gone.</summary>
    public void TruncateFrom(long index) => All = All.RemoveAll(skip => skip.At >= index);

    /// <summary>The entries up to an index are in a snapshot, and what they skip has no part in it.</summary>
    public void CompactTo(long index) => All = All.RemoveAll(skip => skip.At <= index);

    /// <summary>Up to where the log may be applied when it is committed up to an index.</summary>
    public long Limit(long commitIndex) => Limit(All, commitIndex, commitIndex);

    /// <summary>
    /// Up to where the log may be applied that holds entries up to one index and is committed up to another: not beyond an
    /// entry whose skip is not committed, or is not in that log yet.
    /// </summary>
    public static long Limit(ImmutableArray<SkippedEntry> skips, long lastIndex, long commitIndex)
    {
        var limit = commitIndex;
        foreach (var skip in skips)
        {
            if (skip.At > Math.Min(lastIndex, commitIndex) && skip.Index <= limit)
            {
                limit = skip.Index - 1;
            }
        }

        return limit;
    }

    /// <summary>The skips that count when the log is committed up to an index.</summary>
    public ImmutableArray<SkippedEntry> Committed(long commitIndex) => CommittedBetween(0, commitIndex);

    /// <summary>The skips that begin to count when the commit index goes from one index to another.</summary>
    public ImmutableArray<SkippedEntry> CommittedBetween(long before, long commitIndex) =>
        All.IsEmpty ? [] : Between(before, commitIndex);

    /// <summary>The skip of an entry, committed or not; null if there is none.</summary>
    public SkippedEntry? Find(long index, long term)
    {
        foreach (var skip in All)
        {
            if (skip.Index == index && skip.Term == term)
            {
                return skip;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a state that ends with an entry may have been made with an entry that a later one skips. Such a snapshot is
    /// not to be trusted: no server that knows of the skip takes one that ends between the two.
    /// </summary>
    public bool Cover(long lastIndex)
    {
        foreach (var skip in All)
        {
            if (skip.Index <= lastIndex && lastIndex < skip.At)
            {
                return true;
            }
        }

        return false;
    }

    private ImmutableArray<SkippedEntry> Between(long before, long commitIndex) =>
        All.RemoveAll(skip => skip.At <= before || skip.At > commitIndex);
}
