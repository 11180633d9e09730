using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Log;

/// <summary>
/// The log as it was at one moment. Immutable, so replicators and the state machine can read it while the node appends to the
/// log. Views share the entries' storage, and the log never overwrites a place that a view shows.
/// </summary>
public sealed class LogView
{
    internal const int SegmentLength = 1024;

    private readonly LogEntry[][] _segments;
    private readonly long _origin;

    /// <param name="segments">Where the entries lie.</param>
    /// <param name="origin">The index of the very first place there.</param>
    /// <param name="baseIndex">See <see cref="BaseIndex"/>.</param>
    /// <param name="baseTerm">See <see cref="BaseTerm"/>.</param>
    /// <param name="lastIndex">See <see cref="LastIndex"/>.</param>
    internal LogView(LogEntry[][] segments, long origin, long baseIndex, long baseTerm, long lastIndex)
    {
        _segments = segments;
        _origin = origin;
        BaseIndex = baseIndex;
        BaseTerm = baseTerm;
        LastIndex = lastIndex;
    }

    /// <summary>The index right before the first entry that is held; 0 while nothing was compacted away.</summary>
    public long BaseIndex { get; }

    /// <summary>The term of the entry at <see cref="BaseIndex"/>; 0 at index 0.</summary>
    public long BaseTerm { get; }

    /// <summary>The first index that is held, if any entry is.</summary>
    public long FirstIndex => BaseIndex + 1;

    /// <summary>The index of the last entry, or <see cref="BaseIndex"/> if none is held.</summary>
    public long LastIndex { get; }

    /// <summary>The term of the last entry, or <see cref="BaseTerm"/>.</summary>
    public long LastTerm => LastIndex == BaseIndex ? BaseTerm : this[LastIndex].Term;

    /// <summary>The entry at an index between <see cref="FirstIndex"/> and <see cref="LastIndex"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not held.</exception>
    public LogEntry this[long index]
    {
        get
        {
            if (index < FirstIndex || index > LastIndex)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, $"the log holds {FirstIndex} to {LastIndex}");
            }

            var offset = index - _origin;
            return _segments[offset / SegmentLength][offset % SegmentLength];
        }
    }

    /// <summary>The term of the entry at an index, or null if the index is not held and is not the base.</summary>
    public long? TermAt(long index) =>
        index == BaseIndex ? BaseTerm
        : index > BaseIndex && index <= LastIndex ? this[index].Term
        : null;

    /// <summary>
    /// The entries from an index on, as many as the two limits allow, and at least one if there is one: an entry
    /// that is larger than the limit by itself must travel too.
    /// </summary>
    public ImmutableArray<LogEntry> Slice(long from, int maxEntries, long maxBytes)
    {
        var end = Math.Min(LastIndex, from + maxEntries - 1);
        if (end < from)
        {
            return [];
        }

        var bytes = 0L;
        var last = from - 1;
        while (last < end)
        {
            bytes += this[last + 1].Size;
            if (bytes > maxBytes && last >= from)
            {
                break;
            }

            last++;
        }

        var slice = ImmutableArray.CreateBuilder<LogEntry>((int)(last - from + 1));
        for (var index = from; index <= last; index++)
        {
            slice.Add(this[index]);
        }

        return slice.MoveToImmutable();
    }

    /// <summary>
    /// The first index that is held and has at least this term; after the last index if there is none. Terms never fall along a
    /// log, so a binary search finds it.
    /// </summary>
    public long FirstIndexOfTermAtLeast(long term)
    {
        var low = FirstIndex;
        var high = LastIndex + 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (this[middle].Term >= term)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
