using System.Collections.Immutable;

namespace Raft.Actors.Log;

/// <summary>An entry of the log that says that another one is skipped.</summary>
/// <param name="At">The index of the entry that says so.</param>
/// <param name="Skipped">The entry that is skipped.</param>
internal readonly record struct Skip(long At, SkippedEntry Skipped);

/// <summary>
/// The skips that stand in the log. One counts when it is committed. Until then nobody applies the entry that it names, or
/// one server would apply what another leaves out.
/// </summary>
internal sealed class SkipList
{
    /// <summary>All skips, in the order of the log.</summary>
    public ImmutableArray<Skip> All { get; private set; } = [];

    /// <summary>Takes note of an entry that was appended.</summary>
    public void Append(LogEntry entry)
    {
        if (entry.Kind == EntryKind.SkipEntry)
        {
            All = All.Add(new Skip(entry.Index, SkippedEntry.Decode(entry.Data)));
        }
    }

    /// <summary>The entries from an index on are replaced.</summary>
    public void TruncateFrom(long index) => All = All.RemoveAll(skip => skip.At >= index);

    /// <summary>Up to an index all is applied, and a snapshot holds what became of it.</summary>
    public void Forget(long index) => All = All.RemoveAll(skip => skip.At <= index);

    /// <summary>The skips that became known as committed between two commit indexes.</summary>
    public ImmutableArray<Skip> CommittedBetween(long before, long commitIndex) =>
        All.RemoveAll(skip => skip.At <= before || skip.At > commitIndex);

    /// <summary>Up to where the log may be applied: not beyond an entry whose skip is not committed yet.</summary>
    public long ApplicableUpTo(long commitIndex)
    {
        var end = commitIndex;
        foreach (var skip in All)
        {
            if (skip.At > commitIndex && skip.Skipped.Index <= end)
            {
                end = skip.Skipped.Index - 1;
            }
        }

        return end;
    }

    /// <summary>Whether a state that ends with an entry holds what a later, committed skip leaves out.</summary>
    public Skip? InState(long lastIndex, long commitIndex)
    {
        foreach (var skip in All)
        {
            if (skip.At <= commitIndex && skip.At > lastIndex && skip.Skipped.Index <= lastIndex)
            {
                return skip;
            }
        }

        return null;
    }
}
