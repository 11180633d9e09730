using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// InstallSnapshot (dissertation, figure 5.3): a leader sends its snapshot to a follower that needs what the log has no longer; the follower stores it
/// as it comes and, when it is whole, takes it over by one event of its journal. Before that event everything is as it was.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>The follower's side: a piece of the leader's snapshot.</summary>
    private void OnInstallSnapshot(InstallSnapshot install)
    {
        if (!TryFollow(install.Header))
        {
            Refuse(install, Sender);
            return;
        }

        CheckAgainstCommitted(install.Content.Index, install.Content.Term, install.Header.From);
        if (Holds(install.Content))
        {
            ConfirmInstalled(install, Sender);
        }
        else if (ReasonAgainstInstalling(install.Content) is not null)
        {
            Refuse(install, Sender);
        }
        else if (_underWay is { First: { } first } receiving
            && first.Header.From == install.Header.From && first.Header.Term == install.Header.Term && first.Content == install.Content)
        {
            Receive(receiving, install);
        }
        else if (_underWay is { Stored: not null } || _snapshotPolicy.IsPausing(Now))
        {
            // The one that has just been stored is on its way to the journal, or the store has failed: it is sent again.
            return;
        }
        else if (install.Offset > 0)
        {
            Sender.Tell(Answer(install, InstallStatus.Receiving, 0), Self);
        }
        else
        {
            BeginReceiving(install);
        }
    }

    /// <summary>Whether this server has, or is about to have, all that is in a snapshot, without being sent it.</summary>
    private bool Holds(SnapshotDescriptor content) =>
        (_hasState || _restoring is not null || IsBeyondSupport)
        && (content.Index <= _commitIndex || _log.TermAt(content.Index) == content.Term);

    private string? ReasonAgainstInstalling(SnapshotDescriptor content) =>
        !_settings.Snapshots.AreOn ? "this server has no snapshot store"
        : content.Configuration.Voters.IsEmpty || content.ConfigurationIndex > content.Index ? "its configuration cannot be"
        : content.Index is < 1 or > EntryRules.HighestIndex ? $"entry {content.Index} cannot be"
        : content.Term < 1 || content.Term > _currentTerm
            ? $"its last entry is of term {content.Term}, and the leader's term is {_currentTerm}"
        : content.Index < _log.BaseIndex ? "it is older than the log, which could not go on behind it"
        : null;

    private void Refuse(InstallSnapshot install, IActorRef leader)
    {
        if (ReasonAgainstInstalling(install.Content) is { } reason && _gate.ShouldLog(install.Header.From, reason, Now))
        {
            _logger.Warning("{0} refused the snapshot of entry {1} of {2}: {3}", PersistenceId, install.Content.Index, install.Header.From, reason);
        }

        leader.Tell(Answer(install, InstallStatus.Refused, 0), Self);
    }

    /// <summary>This server has all that is in the snapshot: it is committed, and as soon as it is durable the leader may count on it.</summary>
    private void ConfirmInstalled(InstallSnapshot install, IActorRef leader)
    {
        _journal.WhenDurable(
            () =>
            {
                if (_currentTerm == install.Header.Term)
                {
                    leader.Tell(Answer(install, InstallStatus.Installed, install.Content.Bytes), Self);
                    CommitUpTo(install.Content.Index);
                }
            },
            key: nameof(InstallSnapshot));
    }

    private void Receive(SnapshotUnderWay receiving, InstallSnapshot install)
    {
        _underWay = receiving with { LastPieceAt = Now, Latest = (install, Sender) };
        if (receiving.Stored is null)
        {
            _snapshotKeeper.Tell(new ReceivePiece(receiving.Number, install, Sender), Self);
        }
    }

    private void BeginReceiving(InstallSnapshot install)
    {
        AbandonUnderWay("a snapshot of the leader is being received");
        _logger.Info(
            "{0} receives a snapshot of entry {1} ({2} bytes) from {3}", PersistenceId, install.Content.Index, install.Content.Bytes, install.Header.From);
        var number = BeginUnderWay(install);
        _underWay = _underWay! with { Latest = (install, Sender) };
        TellSnapshot(SnapshotActivity.Receiving, install.Header.From, install.Content.Index, 0, install.Content.Bytes);
        var sender = Sender;
        _journal.WhenDurable(() =>
        {
            if (_underWay?.Number == number)
            {
                _snapshotKeeper.Tell(new BeginReceive(number, install, sender), Self);
            }
        });
    }

    /// <summary>A new term has begun, whoever began it. The leader that was sending a snapshot sends no more of it.</summary>
    private void AbandonReceived()
    {
        if (_underWay is { IsReceived: true })
        {
            AbandonUnderWay("a new term has begun");
        }
    }

    /// <summary>
    /// The snapshot is whole in the store. Where the log has its last entry, the log goes on as it is; else all of it goes (rules 6 to 8).
    /// </summary>
    private void Install(SnapshotUnderWay underWay, StoredSnapshot snapshot)
    {
        var content = snapshot.Content;
        var (message, leader) = underWay.Latest!.Value;
        var isSuperfluous = Holds(content);
        if (isSuperfluous || ReasonAgainstInstalling(content) is not null)
        {
            // It came too late to be of use. The leader is told so at once, and need not ask.
            _underWay = null;
            Sweep();
            if (isSuperfluous)
            {
                ConfirmInstalled(message, leader);
            }
            else
            {
                Refuse(message, leader);
            }

            return;
        }

        CompleteSnapshot(snapshot, discardsLog: _log.TermAt(content.Index) != content.Term);
    }

    /// <summary>It is this server's snapshot from now on. The leader may know; the state machine is to have its state.</summary>
    private void OnInstalled(StoredSnapshot snapshot, SnapshotUnderWay underWay)
    {
        _logger.Info("{0} has installed a snapshot of entry {1} ({2} bytes)", PersistenceId, snapshot.Index, snapshot.Content.Bytes);
        var (message, sender) = underWay.Latest!.Value;
        if (_currentTerm == message.Header.Term)
        {
            sender.Tell(Answer(message, InstallStatus.Installed, snapshot.Content.Bytes), Self);
        }

        TellSnapshot(SnapshotActivity.Installed, message.Header.From, snapshot.Index, snapshot.Content.Bytes, snapshot.Content.Bytes);
        _commitIndex = Math.Max(_commitIndex, snapshot.Index);
        _wasMember |= snapshot.Content.Configuration.Contains(_self);
        if (_stoppedAt is { } fault)
        {
            RestartAtOnce($"the leader's snapshot of entry {snapshot.Index} goes beyond {fault.Place}");
            return;
        }

        Restore(snapshot, libraryOnly: false);
    }

    private void Restore(StoredSnapshot snapshot, bool libraryOnly)
    {
        _hasState = false;
        _restoring = snapshot;
        PendingReads.Refuse(this, _followerReads.TakeWhere(static _ => true), new Unavailable(NotServing!));
        if (Supports(snapshot))
        {
            _stateMachine.Tell(new RestoreState(snapshot, libraryOnly), Self);
        }
        else
        {
            (_restoring, _withheld) = (null, (snapshot, libraryOnly));
        }
    }

    private void OnStateRestored(StoredSnapshot snapshot)
    {
        if (_restoring != snapshot)
        {
            return;
        }

        _logger.Info("{0} has the state of the snapshot of entry {1}", PersistenceId, snapshot.Index);
        _restoring = null;
        _hasState = true;
        _handedOut = Math.Max(_handedOut, snapshot.Index);
        OnApplied(new AppliedUpTo(Math.Max(_lastApplied, snapshot.Index), _restoreUnderWay));

        // What was committed while there was no state. Where the leader's snapshot is taking the log's place, the state comes with that.
        if (snapshot.Index >= _log.BaseIndex)
        {
            HandOut([]);
        }

        AnswerFollowerReads();
        Compact();
        if (_role == RaftRole.Follower)
        {
            CampaignWhenAlone();
        }
    }

    /// <summary>
    /// Half a state is none: an older snapshot serves if the log goes on behind it. Else the leader is asked for one. Until then this server has
    /// its log and its votes, and neither serves nor leads.
    /// </summary>
    private void OnRestoreFailed(RestoreFailed failed)
    {
        if (_restoring != failed.Snapshot)
        {
            return;
        }

        _restoring = null;
        _snapshots = _snapshots.Remove(failed.Snapshot);
        if (_snapshots.FirstOrDefault(older => older.Index < failed.Snapshot.Index && older.Index >= _log.BaseIndex) is { } older)
        {
            _logger.Error(
                "{0} cannot restore its snapshot of entry {1} ({2}); it takes the older one of entry {3}",
                PersistenceId, failed.Snapshot.Index, failed.Reason, older.Index);
            Restore(older, libraryOnly: !_settings.Snapshots.RestoreOnStart);
            return;
        }

        _logger.Error(
            "{0} cannot restore its snapshot of entry {1} ({2}) and has no other to go on from; it waits for a snapshot of the leader",
            PersistenceId, failed.Snapshot.Index, failed.Reason);
    }

    private InstallSnapshotResponse Answer(InstallSnapshot install, InstallStatus status, long offset) =>
        new(HeaderTo(install.Header.From), install.Sequence, status, offset);
}
