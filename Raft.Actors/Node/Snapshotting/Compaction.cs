using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>
/// What a snapshot makes superfluous goes from the log: from memory at once, from the journal in the background (dissertation,
/// chapter 5).
/// </summary>
internal sealed class Compaction(INodeContext node, KeptSnapshots kept, OwnState state)
{
    private readonly CompactionPlanner _planner = new(node.Settings.Snapshots.MaxEventsPerDelete);
    private bool _isDeleting;

    // Entries up to here may go from memory and journal: what is in the newest snapshot, less what trails it.
    private long _compacted;

    /// <summary>
    /// Entries up to here are in the newest snapshot and do not trail it. Followers may need some of them all the same.
    /// </summary>
    public long Superfluous { get; private set; }

    /// <summary>
    /// Whether the log in memory has all that it may, because no snapshot has let go of it. Then nothing more is taken in:
    /// neither commands nor a leader's entries. What is there is committed and applied all the same, so that the next
    /// snapshot holds it.
    /// </summary>
    public bool IsLogFull => IsLogFullBy(1);

    /// <summary>The same for a bound that is so many times as high.</summary>
    public bool IsLogFullBy(int bounds) =>
        node.Settings.Snapshots.AreOn && node.Log.Bytes >= bounds * node.Settings.Snapshots.LogBound;

    /// <summary>An event is in the journal.</summary>
    public void Add(long sequenceNr, IJournalEvent written)
    {
        if (written is SnapshotCompleted completed)
        {
            _planner.AddCompleted(sequenceNr, completed.DiscardsLog ? completed.Newest.Index : null);
        }
        else
        {
            _planner.Add(sequenceNr, written is EntriesAppended appended ? appended.LastIndex : 0);
        }
    }

    /// <summary>Lets go of what the newest snapshot makes superfluous.</summary>
    public void Compact()
    {
        // While there is no state, it may have to come from an older snapshot and from all of the log.
        if (state.HasState && kept.Newest is { } newest)
        {
            Superfluous = TrailFrom(newest.Index);
            _compacted = Math.Max(_compacted, LessHeld(Superfluous));
            node.Log.CompactTo(Math.Max(node.Log.BaseIndex, Math.Min(_compacted, state.LastApplied)));
            CompactJournal();
            node.Leading?.AcceptWaiting();
        }
    }

    /// <summary>The journal has deleted what it was told to.</summary>
    public void Deleted(DeleteMessagesSuccess deleted)
    {
        _isDeleting = false;
        _planner.Deleted(deleted.ToSequenceNr);
        CompactJournal();
    }

    /// <summary>The journal could not delete what it was told to.</summary>
    public void NotDeleted(DeleteMessagesFailure failed)
    {
        _isDeleting = false;
        node.Logger.Warning(
            "{0} could not delete old events of its journal: {1}; it is tried again after the next snapshot",
            node.Name, failed.Cause.Message);
    }

    /// <summary>The index after which the trailing entries of a snapshot begin.</summary>
    private long TrailFrom(long snapshotIndex)
    {
        var lowest = Math.Max(node.Log.BaseIndex, snapshotIndex - node.Settings.Snapshots.TrailingEntries);
        var bytes = 0L;
        var index = snapshotIndex;
        while (index > lowest && (bytes += node.Log[index].Size) <= node.Settings.Snapshots.TrailingBytes)
        {
            index--;
        }

        return index;
    }

    /// <summary>Less what followers need: see <see cref="HeldEntries"/>.</summary>
    private long LessHeld(long index) => HeldEntries.Boundary(
        index,
        node.Log.BaseIndex,
        node.Leading?.NeededFrom ?? [],
        node.Settings.Snapshots.ThresholdBytes + node.Settings.Snapshots.TrailingBytes,
        at => node.Log[at].Size);

    private void CompactJournal()
    {
        if (!_isDeleting && _planner.Next(_compacted) is { } sequenceNr)
        {
            _isDeleting = true;
            node.DeleteJournalTo(sequenceNr);
        }
    }
}
