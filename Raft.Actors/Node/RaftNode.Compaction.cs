using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// Compaction: what a snapshot makes superfluous goes from the log, in memory and in the journal (dissertation, chapter 5).
/// </summary>
public sealed partial class RaftNode
{
    private readonly CompactionPlanner _compaction;
    private bool _isDeleting;

    // Entries up to here are in the newest snapshot and do not trail it. Followers may need some of them all the same.
    private long _superfluous;

    /// <summary>Entries up to here may go from memory and journal: what is in the newest snapshot, less what trails it.</summary>
    private long CompactedIndex { get; set; }

    /// <summary>
    /// Lets go of what the newest snapshot makes superfluous, in memory at once and in the journal in the background.
    /// </summary>
    private void Compact()
    {
        // While there is no state, it may have to come from an older snapshot and from all of the log.
        if (_hasState && NewestSnapshot is { } newest)
        {
            _superfluous = TrailFrom(newest.Index);
            CompactedIndex = Math.Max(CompactedIndex, LessHeld(_superfluous));
            _log.CompactTo(Math.Max(_log.BaseIndex, Math.Min(CompactedIndex, _lastApplied)));
            CompactJournal();
            _leader?.Intake.AcceptWaiting();
        }
    }

    /// <summary>
    /// Whether the log in memory has all that it may, for no snapshot has let go of it. Then nothing more is taken in: neither
    /// commands nor a leader's entries. What is there is committed
    /// and applied all the same, so that the next snapshot holds it.
    /// </summary>
    private bool IsLogFull => IsLogFullBy(1);

    private bool IsLogFullBy(int bounds) => _settings.Snapshots.AreOn && _log.Bytes >= bounds * _settings.Snapshots.LogBound;

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

    /// <summary>Less what followers need: see <see cref="HeldEntries"/>.</summary>
    private long LessHeld(long index) => HeldEntries.Boundary(
        index,
        _log.BaseIndex,
        _leader?.Followers.Present.Select(static follower => follower.NeedsFrom).OfType<long>() ?? [],
        _settings.Snapshots.ThresholdBytes + _settings.Snapshots.TrailingBytes,
        at => _log[at].Size);

    private void CompactJournal()
    {
        if (!_isDeleting && _compaction.Next(CompactedIndex) is { } sequenceNr)
        {
            _isDeleting = true;
            DeleteMessages(sequenceNr);
        }
    }
}
