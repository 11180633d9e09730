using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Log;

/// <summary>
/// A node's log in memory (dissertation, figure 3.1). It holds what the journal holds plus what is on its way there. Only the
/// node changes it; others read a <see cref="LogView"/>.
/// </summary>
/// <remarks>
/// Entries lie in segments of fixed length. Appending fills places after the end of every view that was given away. Truncating
/// copies the segment that it cuts. So a view never sees a change. Compacting lets go of whole segments.
/// </remarks>
public sealed class RaftLog
{
    private LogEntry[][] _segments = new LogEntry[4][];
    private LogView? _view;

    // The index of the first place of the first segment.
    private long _origin;

    /// <summary>Makes an empty log whose first entry will be at index 1.</summary>
    public RaftLog()
        : this(0, 0)
    {
    }

    /// <summary>Makes an empty log that goes on after an index whose entry is no longer held.</summary>
    public RaftLog(long baseIndex, long baseTerm)
    {
        BaseIndex = baseIndex;
        BaseTerm = baseTerm;
        LastIndex = baseIndex;
        LastTerm = baseTerm;
        _origin = baseIndex + 1;
    }

    /// <inheritdoc cref="LogView.BaseIndex" />
    public long BaseIndex { get; private set; }

    /// <inheritdoc cref="LogView.BaseTerm" />
    public long BaseTerm { get; private set; }

    /// <inheritdoc cref="LogView.FirstIndex" />
    public long FirstIndex => BaseIndex + 1;

    /// <inheritdoc cref="LogView.LastIndex" />
    public long LastIndex { get; private set; }

    /// <inheritdoc cref="LogView.LastTerm" />
    public long LastTerm { get; private set; }

    /// <summary>The size of all entries that are held, as limits count it, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Which entries are not to be applied, as far as the log says.</summary>
    public SkippedEntries Skips { get; } = new();

    /// <summary>The log as it is now.</summary>
    public LogView View => _view ??= new LogView(_segments, _origin, BaseIndex, BaseTerm, LastIndex);

    /// <inheritdoc cref="LogView.this" />
    public LogEntry this[long index] => View[index];

    /// <inheritdoc cref="LogView.TermAt" />
    public long? TermAt(long index) => View.TermAt(index);

    /// <summary>Appends an entry after the last one.</summary>
    /// <exception cref="InvalidOperationException">
    /// Its index is not the next, or its term is below the last entry's.
    /// </exception>
    public void Append(LogEntry entry)
    {
        if (entry.Index != LastIndex + 1 || entry.Term < LastTerm)
        {
            throw new InvalidOperationException(
                $"entry {entry.Index}/{entry.Term} cannot follow {LastIndex}/{LastTerm}: "
                + "an index may not be skipped and a term never falls");
        }

        var offset = entry.Index - _origin;
        var segment = (int)(offset / LogView.SegmentLength);
        var place = (int)(offset % LogView.SegmentLength);
        if (segment == _segments.Length)
        {
            Array.Resize(ref _segments, _segments.Length * 2);
        }

        if (place == 0 || _segments[segment] is null)
        {
            _segments[segment] = new LogEntry[LogView.SegmentLength];
        }

        _segments[segment][place] = entry;
        Bytes += entry.Size;
        LastIndex = entry.Index;
        LastTerm = entry.Term;
        _view = null;
        Skips.Append(entry);
    }

    /// <summary>Appends entries after the last one.</summary>
    public void Append(ImmutableArray<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            Append(entry);
        }
    }

    /// <summary>Removes the entry at an index and all after it (figure 3.1, receiver's rule 3).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not held.</exception>
    public void TruncateFrom(long index)
    {
        if (index < FirstIndex || index > LastIndex)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"the log holds {FirstIndex} to {LastIndex}");
        }

        Bytes -= SizeOf(index, LastIndex);
        LastTerm = TermAt(index - 1)!.Value;
        var kept = index - _origin;
        var segment = (int)(kept / LogView.SegmentLength);
        var place = (int)(kept % LogView.SegmentLength);
        var segments = new LogEntry[_segments.Length][];
        Array.Copy(_segments, segments, segment);
        if (place > 0)
        {
            segments[segment] = new LogEntry[LogView.SegmentLength];
            Array.Copy(_segments[segment], segments[segment], place);
        }

        _segments = segments;
        LastIndex = index - 1;
        _view = null;
        Skips.TruncateFrom(index);
    }

    /// <summary>
    /// Lets go of the entries up to an index, which becomes the base. Views that were given away go on showing theirs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not held, and is not the base.</exception>
    public void CompactTo(long index)
    {
        if (index < BaseIndex || index > LastIndex)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"the log holds {FirstIndex} to {LastIndex}");
        }

        BaseTerm = TermAt(index)!.Value;
        Bytes -= SizeOf(FirstIndex, index);
        BaseIndex = index;
        Skips.CompactTo(index);
        var dropped = (int)((FirstIndex - _origin) / LogView.SegmentLength);
        if (dropped > 0)
        {
            // A new array: views have the one before.
            var segments = new LogEntry[Math.Max(4, _segments.Length - dropped)][];
            Array.Copy(_segments, dropped, segments, 0, _segments.Length - dropped);
            _segments = segments;
            _origin += (long)dropped * LogView.SegmentLength;
        }

        _view = null;
    }

    /// <summary>The size of the entries from one index to another, as limits count it, in bytes.</summary>
    public long SizeOf(long from, long to)
    {
        var bytes = 0L;
        for (var index = from; index <= to; index++)
        {
            bytes += this[index].Size;
        }

        return bytes;
    }

    /// <summary>Lets go of all entries and goes on after an index.</summary>
    public void Reset(long baseIndex, long baseTerm)
    {
        _segments = new LogEntry[4][];
        Bytes = 0;
        BaseIndex = baseIndex;
        BaseTerm = baseTerm;
        LastIndex = baseIndex;
        LastTerm = baseTerm;
        _origin = baseIndex + 1;
        _view = null;
        Skips.TruncateFrom(0);
    }
}
