using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// Snapshots of this server's own state (dissertation, chapter 5). The state machine gives the view, the keeper stores it, and
/// the journal's event makes it count.
/// </summary>
public sealed partial class RaftNode
{
    private readonly SnapshotPolicy _snapshotPolicy;
    private readonly List<IActorRef> _awaitingSnapshot = [];
    private IActorRef _snapshotStore = ActorRefs.Nobody;
    private IActorRef _snapshotKeeper = ActorRefs.Nobody;

    // The complete snapshots, the newest first; and the highest number that one was ever begun with.
    private ImmutableArray<StoredSnapshot> _snapshots = [];
    private long _snapshotNumber;
    private bool _hasWritten;
    private bool _sweepIsDue;

    // The snapshot that is being taken or received.
    private SnapshotUnderWay? _underWay;

    // False while the state machine is to have the state of a snapshot and does not have it yet. Such a server has its
    // log and its votes, but can serve nobody.
    private bool _hasState = true;

    /// <summary>Why this server serves nobody; null where it does.</summary>
    private string? NotServing =>
        _brokenSafety is { } broken
            ? $"it takes no part in its group, for the group's safety is broken: {broken}. "
                + "It stays out until an operator decides (Raft.Host readmit)"
        : _contradiction is { } contradiction
            ? $"it waits for its leader to agree with what is committed here: {contradiction}. Either somebody else sent that in "
                + "the leader's name, or the group's safety is broken"
        : FoundingInWords is { } founding ? founding
        : IsBeyondSupport ? BeyondSupportInWords
        : StoppedInWords is { } stopped ? stopped
        : _hasState && IsHeldBack ? "it waits to learn whether an entry that it has not applied is skipped"
        : _hasState ? null
        : _restoring is { } snapshot ? $"it still reads its state from the snapshot of entry {snapshot.Index}"
        : "it has no state, for its snapshot cannot be read or holds what the group skips; it waits for a snapshot of the leader";

    private StoredSnapshot? NewestSnapshot => _snapshots is [var newest, ..] ? newest : null;

    private void StartSnapshots()
    {
        if (_settings.Snapshots.AreOn)
        {
            _snapshotStore = Persistence.Instance.Apply(Context.System).SnapshotStoreFor(_settings.Snapshots.Plugin);
            var (settings, store) = (_settings, _snapshotStore);
            _snapshotKeeper = Context.ActorOf(
                Akka.Actor.Props.Create(() => new SnapshotKeeper(settings, store)).On(_settings.StateMachineDispatcher), "snapshots");
            StartSnapshotTimer();
        }
    }

    private void StartSnapshotTimer()
    {
        if (_settings.Snapshots.AreOn)
        {
            Timers.StartPeriodicTimer(NodeTick.Snapshot, NodeTick.Snapshot, SnapshotTick);
        }
    }

    /// <summary>Looked at a few times within the interval; what is due by bytes is seen when it is applied.</summary>
    private TimeSpan SnapshotTick
    {
        get
        {
            var shortest = _settings.Snapshots.MaxAge > TimeSpan.Zero && _settings.Snapshots.MaxAge < _settings.Snapshots.Interval
                ? _settings.Snapshots.MaxAge
                : _settings.Snapshots.Interval;
            var tick = shortest / 4;
            return tick > TimeSpan.FromMilliseconds(10) ? tick : TimeSpan.FromMilliseconds(10);
        }
    }

    private bool OnSnapshotMessage(object message)
    {
        switch (message)
        {
            case ReadingEnded ended:
                OnReadingEnded(ended);
                return true;
            case ReplacementChecked result:
                _restores.OnReplacementChecked(result, _leader?.Intake);
                return true;
            case ViewTaken view:
                OnViewTaken(view);
                return true;
            case SnapshotStored stored:
                OnSnapshotStored(stored.Snapshot);
                return true;
            case SnapshotFailed failed:
                OnSnapshotFailed(failed.Number, failed.Reason);
                return true;
            case StateRestored restored:
                OnStateRestored(restored.Snapshot);
                return true;
            case RestoreFailed failed:
                OnRestoreFailed(failed);
                return true;
            case DeleteMessagesSuccess deleted:
                _isDeleting = false;
                _compaction.Deleted(deleted.ToSequenceNr);
                CompactJournal();
                return true;
            case DeleteMessagesFailure failed:
                _isDeleting = false;
                _logger.Warning(
                    "{0} could not delete old events of its journal: {1}; it is tried again after the next snapshot", PersistenceId, failed.Cause.Message);
                return true;
            default:
                return false;
        }
    }

    private void OnTakeSnapshot()
    {
        if (ReasonAgainstSnapshot() is { } reason)
        {
            Sender.Tell(new SnapshotNotTaken(reason), Self);
            return;
        }

        _awaitingSnapshot.Add(Sender);
        BeginSnapshot();
    }

    private string? ReasonAgainstSnapshot() =>
        !_settings.Snapshots.AreOn ? "there is no snapshot store; name one by raft.snapshots.plugin"
        : _underWay is { IsReceived: true } ? "one is being received from the leader"
        : _underWay is not null ? "one is under way"
        : !_hasState ? "the state machine waits for its own state"
        : StoppedInWords is { } stopped ? stopped
        : _log.Skips.Cover(_lastApplied) ? "an entry is being skipped"
        : _lastApplied <= (NewestSnapshot?.Index ?? 0) ? "nothing is new since the last one"
        : null;

    private void TakeSnapshotIfDue()
    {
        if (_underWay is { IsReceived: true, Stored: null } received
            && Now - received.LastPieceAt > _settings.Replication.TransferSilence)
        {
            // Its leader has gone or has thought better of it.
            AbandonUnderWay("its leader has fallen silent");
        }

        if (ReasonAgainstSnapshot() is null && (_snapshotPolicy.IsDue(_lastApplied, Now) || (IsLogFull && !_snapshotPolicy.IsPausing(Now))))
        {
            BeginSnapshot();
        }
    }

    private void BeginSnapshot()
    {
        var number = BeginUnderWay(null);
        _journal.WhenDurable(() =>
        {
            if (_underWay?.Number == number)
            {
                TellSnapshot(SnapshotActivity.Taking, default, 0, 0, 0);
                _stateMachine.Tell(new TakeView(number), Self);
            }
        });
    }

    /// <summary>A number that was never used is taken, and is in the journal before it is used.</summary>
    private long BeginUnderWay(InstallSnapshot? first)
    {
        _underWay = new SnapshotUnderWay(++_snapshotNumber, first, _currentTerm) { LastPieceAt = Now };
        _journal.Add(new SnapshotBegun(_snapshotNumber));
        RequestFlush();
        return _snapshotNumber;
    }

    private void OnViewTaken(ViewTaken view)
    {
        if (_underWay?.Number != view.Number)
        {
            view.View.Dispose();
            return;
        }

        if (_log.Skips.Cover(view.Index))
        {
            view.View.Dispose();
            OnSnapshotFailed(view.Number, "an entry is being skipped");
            return;
        }

        var (index, configuration) = _configurations.At(view.Index);
        _logger.Debug("{0} writes a snapshot of entry {1}", PersistenceId, view.Index);
        _snapshotKeeper.Tell(new WriteSnapshot(view, configuration, index), Self);
    }

    /// <summary>All of it is in the store; it counts when the journal says so.</summary>
    private void OnSnapshotStored(StoredSnapshot snapshot)
    {
        if (_underWay is not { Stored: null } underWay || underWay.Number != snapshot.Number)
        {
            return;
        }

        if (underWay.IsReceived)
        {
            Install(underWay, snapshot);
        }
        else
        {
            CompleteSnapshot(snapshot, discardsLog: false);
        }
    }

    private void CompleteSnapshot(StoredSnapshot snapshot, bool discardsLog)
    {
        _underWay = _underWay! with { Stored = snapshot };
        // The log does not go on behind older ones any more where it was discarded.
        ImmutableArray<StoredSnapshot> snapshots = [snapshot, .. discardsLog ? [] : _snapshots.Take(_settings.Snapshots.Retain - 1)];
        var completed = new SnapshotCompleted(snapshots, discardsLog, _currentTerm, _votedFor)
        {
            Journal = _isJournalIdentified ? _journalIdentity : default,
            Group = _groupIdentity,
        };
        if (discardsLog)
        {
            _log.Reset(snapshot.Index, snapshot.Content.Term);
            _configurations.Install(snapshot.Index, snapshot.Content.ConfigurationIndex, snapshot.Content.Configuration, discardsLog: true);
            _journal.AddReplacement(completed, snapshot.Index, _commitIndex);
            JoinGroup(snapshot.Content.Configuration.Identity);
            OnConfigurationChanged();
        }
        else
        {
            _journal.Add(completed);
        }

        _journal.WhenDurable(() => OnSnapshotCompleted(snapshots));
        RequestFlush();
    }

    private void OnSnapshotCompleted(ImmutableArray<StoredSnapshot> snapshots)
    {
        var (underWay, newest) = (_underWay!, snapshots[0]);
        _underWay = null;
        _snapshots = snapshots;
        _leader?.Transfers.Renew();
        _snapshotPolicy.Taken(newest.Index, _log.SizeOf(Math.Max(newest.Index, _log.BaseIndex) + 1, _commitIndex), Now);
        if (underWay.IsReceived)
        {
            OnInstalled(newest, underWay);
        }
        else
        {
            _logger.Info("{0} has taken a snapshot of entry {1} ({2} bytes)", PersistenceId, newest.Index, newest.Content.Bytes);
            TellSnapshot(SnapshotActivity.Taken, default, newest.Index, newest.Content.Bytes, newest.Content.Bytes);
        }

        AnswerAwaitingSnapshot(new SnapshotTaken(newest.Index, newest.Content.Term, newest.Content.Bytes));
        Sweep();
        Compact();
        TakeSnapshotIfDue();
        if (_role == RaftRole.Leader)
        {
            RequestFlush();
        }
    }

    private void OnSnapshotFailed(long number, string reason)
    {
        if (_underWay is not { Stored: null } || _underWay.Number != number)
        {
            return;
        }

        _logger.Warning(
            "{0} could not {1} a snapshot: {2}", PersistenceId, _underWay.IsReceived ? "receive" : "take", reason);
        TellSnapshot(SnapshotActivity.Failed, _underWay.First?.Header.From ?? default, _underWay.First?.Content.Index ?? 0, 0, 0);
        _underWay = null;
        _snapshotPolicy.Failed(Now);
        AnswerAwaitingSnapshot(new SnapshotNotTaken(reason));
        Sweep();
    }

    /// <summary>What is being taken or received is not wanted any more.</summary>
    private void AbandonUnderWay(string reason)
    {
        if (_underWay is { Stored: null } underWay)
        {
            TellSnapshot(SnapshotActivity.Failed, underWay.First?.Header.From ?? default, underWay.First?.Content.Index ?? 0, 0, 0);
            _snapshotKeeper.Tell(new AbandonSnapshot(underWay.Number), Self);
            _underWay = null;
            AnswerAwaitingSnapshot(new SnapshotNotTaken(reason));
        }
    }

    private void AnswerAwaitingSnapshot(IRaftReply answer)
    {
        foreach (var client in _awaitingSnapshot)
        {
            client.Tell(answer, Self);
        }

        _awaitingSnapshot.Clear();
    }

    /// <summary>
    /// Removes what is neither kept nor under way nor on its way to a follower nor copied. Not before this life has written to the journal: until then
    /// a write that the life before was told had failed may yet be made (docs/testing.md), and say of a snapshot that it is complete.
    /// </summary>
    private void Sweep()
    {
        _sweepIsDue = !_hasWritten;
        if (_sweepIsDue)
        {
            return;
        }

        var kept = _snapshots.Select(static snapshot => snapshot.Number)
            .Concat(_leader?.Followers.Present.Where(static follower => follower.Transfer is not null)
                .Select(static follower => follower.Transfer!.Snapshot.Number) ?? [])
            .Concat(_exported.Keys);
        _snapshotKeeper.Tell(
            new SweepSnapshots([.. _underWay is { } underWay ? kept.Append(underWay.Number) : kept], _snapshotNumber), Self);
    }

    /// <summary>A snapshot that is being taken or received by this life of the node.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="First">For one that is received, the first message of it.</param>
    /// <param name="Term">The term in which it began.</param>
    private sealed record SnapshotUnderWay(long Number, InstallSnapshot? First, long Term)
    {
        public bool IsReceived => First is not null;

        /// <summary>When the latest piece came.</summary>
        public TimeSpan LastPieceAt { get; init; }

        /// <summary>Of one that is received, the message that was heard last, and who is to be told.</summary>
        public (InstallSnapshot Message, IActorRef Sender)? Latest { get; init; }

        /// <summary>The snapshot, when its event is on its way to the journal.</summary>
        public StoredSnapshot? Stored { get; init; }
    }
}
