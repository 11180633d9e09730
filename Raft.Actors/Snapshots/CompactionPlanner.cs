namespace Raft.Actors.Snapshots;

/// <summary>
/// Remembers how far the entries of the journal's events reach, to say which events may be deleted. Events are remembered in
/// slices, each of which is deleted by one bounded request; where slices become many they are merged, so that the memory is
/// bounded too.
/// </summary>
internal sealed class CompactionPlanner(int maxEventsPerDelete)
{
    private const int MaxSlices = 4096;

    // If more slices than this may go, this fraction of them goes at a time.
    private const int ShareOfDue = 16;

    private readonly List<Slice> _slices = [];
    private int _eventsPerSlice = maxEventsPerDelete;

    /// <summary>
    /// The sequence number of the latest event of a completed snapshot; what lies before it may go, and never the event itself.
    /// </summary>
    public long CompletedSequenceNr { get; private set; }

    /// <summary>Up to here the journal was told to delete, and did.</summary>
    public long DeletedSequenceNr { get; private set; }

    /// <summary>An event is in the journal.</summary>
    /// <param name="sequenceNr">Its sequence number.</param>
    /// <param name="lastIndex">The last index of its entries; 0 if it has none.</param>
    public void Add(long sequenceNr, long lastIndex)
    {
        if (_slices.Count > 0 && _slices[^1].Events < _eventsPerSlice)
        {
            var slice = _slices[^1];
            _slices[^1] = new Slice(sequenceNr, Math.Max(slice.LastIndex, lastIndex), slice.Events + 1);
            return;
        }

        if (_slices.Count == MaxSlices)
        {
            Merge();
        }

        _slices.Add(new Slice(sequenceNr, lastIndex, 1));
    }

    /// <summary>The event of a completed snapshot is in the journal.</summary>
    /// <param name="sequenceNr">Its sequence number.</param>
    /// <param name="replacesUpTo">Where it discards the log, the snapshot's index: no entry before it counts any more, and the
    /// log begins with the event itself. Null where the log is as it was.</param>
    public void AddCompleted(long sequenceNr, long? replacesUpTo)
    {
        CompletedSequenceNr = sequenceNr;
        if (replacesUpTo is not null)
        {
            for (var i = 0; i < _slices.Count; i++)
            {
                _slices[i] = _slices[i] with { LastIndex = 0 };
            }
        }

        // A slice ends here, so that all before the event can go.
        _slices.Add(new Slice(sequenceNr, replacesUpTo ?? 0, _eventsPerSlice));
    }

    /// <summary>
    /// Up to which sequence number to delete next, a slice further than before; null if nothing may go. Only events whose
    /// entries all lie below an index go. So the first event that stays begins at that index or below, where the log goes on
    /// after the snapshot. If deleting is slower than writing, several slices go at a time, the more the more there are: one at
    /// a time might never catch up, and the journal would grow forever (seed 330003659).
    /// </summary>
    public long? Next(long belowIndex)
    {
        var due = 0;
        while (due < _slices.Count && _slices[due].LastIndex < belowIndex && _slices[due].LastSequenceNr < CompletedSequenceNr)
        {
            due++;
        }

        return due == 0 ? null : _slices[(due - 1) / ShareOfDue].LastSequenceNr;
    }

    /// <summary>The journal has deleted.</summary>
    public void Deleted(long sequenceNr)
    {
        DeletedSequenceNr = Math.Max(DeletedSequenceNr, sequenceNr);
        _slices.RemoveAll(slice => slice.LastSequenceNr <= sequenceNr);
    }

    private void Merge()
    {
        _eventsPerSlice *= 2;
        for (var i = 0; i < _slices.Count / 2; i++)
        {
            var (one, other) = (_slices[2 * i], _slices[(2 * i) + 1]);
            _slices[i] = new Slice(other.LastSequenceNr, Math.Max(one.LastIndex, other.LastIndex), one.Events + other.Events);
        }

        _slices.RemoveRange(_slices.Count / 2, _slices.Count - (_slices.Count / 2));
    }

    private readonly record struct Slice(long LastSequenceNr, long LastIndex, int Events);
}
