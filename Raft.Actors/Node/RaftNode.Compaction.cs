using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>Compaction: what a snapshot makes superfluous goes from the log, in memory and in the journal (dissertation, chapter 5).</summary>
public sealed partial class RaftNode
{
    private readonly CompactionPlanner _compaction;
    private bool _isDeleting;

    /// <summary>Entries up to here may go from memory and journal: what is in the newest snapshot, less what trails it.</summary>
    private long CompactedIndex { get; set; }

    /// <summary>Lets go of what the newest snapshot makes superfluous, in memory at once and in the journal in the background.</summary>
    private void Compact()
    {
        // While there is no state, it may have to come from an older snapshot and from all of the log.
        if (_hasState && NewestSnapshot is { } newest)
        {
            CompactedIndex = Math.Max(CompactedIndex, HeldForTransfers(TrailFrom(newest.Index)));
            _log.CompactTo(Math.Max(_log.BaseIndex, Math.Min(CompactedIndex, _lastApplied)));
            CompactJournal();
            AcceptWaiting();
        }
    }

    /// <summary>
    /// Whether the log in memory has all that it may, for no snapshot has let go of it. Then nothing more is taken in: neither commands nor a leader's entries. What is there is committed
    /// and applied all the same, so that the next snapshot holds it.
    /// </summary>
    private bool IsLogFull => _settings.Snapshots.AreOn && _log.Bytes >= _settings.Snapshots.LogBound;

    /// <summary>The index behind which the trailing entries of a snapshot begin.</summary>
    private long TrailFrom(long snapshotIndex)
    {
        var lowest = Math.Max(_log.BaseIndex, snapshotIndex - _settings.Snapshots.TrailingEntries);
        var bytes = 0L;
        var index = snapshotIndex;
        while (index > lowest && (bytes += _log[index].Size) <= _settings.Snapshots.TrailingBytes)
        {
            index--;
        }

        return index;
    }

    /// <summary>
    /// A follower that is being sent a snapshot will need the entries behind it. They stay until it has it, while they are not too many; else a large
    /// snapshot under load would be out of date again whenever it arrives.
    /// </summary>
    private long HeldForTransfers(long index)
    {
        var held = _leadership?.Followers.Min(static follower => follower.Transfer?.Snapshot.Index) ?? index;
        var limit = _settings.Snapshots.ThresholdBytes + _settings.Snapshots.TrailingBytes;
        var bytes = 0L;
        for (var at = index; at > Math.Max(held, _log.BaseIndex) && bytes <= limit; at--)
        {
            bytes += _log[at].Size;
        }

        return bytes <= limit ? Math.Min(index, Math.Max(held, _log.BaseIndex)) : index;
    }

    private void CompactJournal()
    {
        if (!_isDeleting && _compaction.Next(CompactedIndex) is { } sequenceNr)
        {
            _isDeleting = true;
            DeleteMessages(sequenceNr);
        }
    }
}
