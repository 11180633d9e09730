namespace Raft.Actors.Snapshots;

/// <summary>
/// Removes from the snapshot store what belongs to no snapshot that is kept: older ones, and what interrupted ones left.
/// It walks down from the highest key, asking for the row at or below, and deletes chunk by chunk, one request at a time.
/// </summary>
internal sealed class SnapshotSweep(SnapshotKeys keys, Action<object> tellStore)
{
    private SweepSnapshots _order = new([], 0);
    private SweepSnapshots? _next;
    private long _below;
    private (long Number, int Chunk)? _deleting;
    private bool _isUnderWay;

    /// <summary>Begins; one that is under way ends first.</summary>
    public void Begin(SweepSnapshots order)
    {
        if (_isUnderWay)
        {
            _next = order;
            return;
        }

        _isUnderWay = true;
        _order = order;
        LookBelow(SnapshotKeys.SequenceNr(order.Highest, int.MaxValue));
    }

    /// <summary>The store has answered with the highest row, or none.</summary>
    public void Found(long? sequenceNr)
    {
        if (sequenceNr is not { } found || found > _below)
        {
            End();
            return;
        }

        var (number, chunk) = SnapshotKeys.Parse(found);
        if (_order.Kept.Contains(number))
        {
            LookBelow(SnapshotKeys.SequenceNr(number, 0) - 1);
            return;
        }

        _deleting = (number, chunk);
        tellStore(keys.Delete(number, chunk));
    }

    /// <summary>A row cannot be read: what it belongs to is left alone.</summary>
    public void Unreadable()
    {
        var number = SnapshotKeys.Parse(_below).Number;
        if (number > 0)
        {
            LookBelow(SnapshotKeys.SequenceNr(number, 0) - 1);
        }
        else
        {
            End();
        }
    }

    /// <summary>The store cannot be reached: it is left to the next sweep.</summary>
    public void Unreachable() => End();

    /// <summary>A row is gone, or could not be deleted: on to the one before it.</summary>
    public void Deleted()
    {
        if (_deleting is not var (number, chunk))
        {
            return;
        }

        if (chunk > 1)
        {
            _deleting = (number, chunk - 1);
            tellStore(keys.Delete(number, chunk - 1));
            return;
        }

        _deleting = null;
        LookBelow(SnapshotKeys.SequenceNr(number, 0) - 1);
    }

    private void LookBelow(long sequenceNr)
    {
        while (_order.Kept.Contains(SnapshotKeys.Parse(sequenceNr).Number))
        {
            sequenceNr = SnapshotKeys.SequenceNr(SnapshotKeys.Parse(sequenceNr).Number, 0) - 1;
        }

        _below = sequenceNr;
        tellStore(keys.LoadAtOrBelow(sequenceNr));
    }

    private void End()
    {
        _isUnderWay = false;
        _deleting = null;
        if (_next is { } next)
        {
            _next = null;
            Begin(next);
        }
    }
}
