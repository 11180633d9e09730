using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// InstallSnapshot, the leader's side (dissertation, figure 5.3): a leader sends its snapshot to a follower that needs what the log has no longer.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>The leader's side: a follower wants a snapshot.</summary>
    private void OnSnapshotNeeded(SnapshotNeeded needed)
    {
        if (Lead.Find(needed.Follower) is not { Transfer: null } follower)
        {
            return;
        }

        if (NewestSnapshot is not { } snapshot || Now < follower.NoTransferBefore)
        {
            if (NewestSnapshot is null)
            {
                _snapshots.TakeIfPossible();
            }

            follower.Replicator.Tell(SnapshotNotInstalled.Instance, Self);
            return;
        }

        BeginTransfer(follower, snapshot);
    }

    private void BeginTransfer(FollowerActors follower, StoredSnapshot snapshot)
    {
        var id = follower.Server.Id;
        var link = new FollowerLink(_settings.Group, _self, id, _currentTerm, _environment.Peers.Resolve(follower.Server))
        {
            Identity = _identity.To(id),
        };
        var (store, settings, seed) = (_snapshots.Kept.Store, _settings, _random.Next());
        var props = Akka.Actor.Props.Create(() => new SnapshotSender(link, snapshot, store, settings, new Random(seed)));
        follower.Transfer = new Transfer(
            Context.ActorOf(props.On(_settings.Dispatcher), $"snapshot-{Leadership.NameOf(id, _currentTerm, NewSecret())}"),
            snapshot,
            new SnapshotTransfer(snapshot.Index, 0, snapshot.Content.Bytes));
        follower.GoesOnFrom = null;
    }

    /// <summary>
    /// A transfer of which the follower has nothing goes on with the newest snapshot. The older one would only delay it, and
    /// would be kept on disk for as long as the follower is away.
    /// </summary>
    private void RenewTransfers()
    {
        if (_leadership is not { } lead || NewestSnapshot is not { } newest)
        {
            return;
        }

        var outdated = lead.Followers
            .Where(follower => follower.Transfer is { } transfer
                && transfer.Snapshot.Index < newest.Index
                && HasNothingOf(transfer, follower))
            .ToArray();
        foreach (var follower in outdated)
        {
            _logger.Info(
                "{0}: {1} has nothing yet of the snapshot of entry {2}; it is sent that of entry {3} instead",
                PersistenceId, follower.Server.Id, follower.Transfer!.Snapshot.Index, newest.Index);
            Context.Stop(follower.Transfer.Sender);
            BeginTransfer(follower, newest);
        }

        if (outdated.Length > 0)
        {
            _snapshots.Sweep();
            _snapshots.Compaction.Compact();
        }
    }

    /// <summary>
    /// Whether a follower has confirmed nothing of a snapshot, or has been silent for so long that it has given up what it had.
    /// </summary>
    private bool HasNothingOf(Transfer transfer, FollowerActors follower) =>
        transfer.Progress.BytesSent == 0
        || Lead.Lease.LastContact(follower.Server.Id) is not { } contact
        || Now - contact > _settings.Replication.TransferSilence;

    private void OnTransferProgress(TransferProgress progress)
    {
        if (Lead.Find(progress.Follower) is { Transfer: { } transfer } follower && transfer.Snapshot.Index == progress.Transfer.Index)
        {
            follower.Transfer = transfer with { Progress = progress.Transfer };
            if (progress.Transfer.BytesSent == 0)
            {
                // The follower began anew, and has lost what it had.
                RenewTransfers();
            }
        }
    }

    private void OnTransferEnded(TransferEnded ended)
    {
        if (Lead.Find(ended.Follower) is not { Transfer: { } transfer } follower || transfer.Snapshot != ended.Snapshot)
        {
            return;
        }

        follower.Transfer = null;
        if (ended.Failure is null)
        {
            follower.GoesOnFrom = ended.Snapshot.Index;
            follower.Replicator.Tell(new SnapshotInstalled(ended.Snapshot.Index), Self);
            _observing.TellSnapshot(SnapshotActivity.Sent, ended.Follower, ended.Snapshot.Index, ended.Snapshot.Content.Bytes, ended.Snapshot.Content.Bytes);
            LetGoOfWhatWasHeldFor(follower);
        }
        else
        {
            if (ended.IsUnreadable)
            {
                _logger.Error("{0}: its snapshot of entry {1} cannot be read any more; it takes another one", PersistenceId, ended.Snapshot.Index);
                _snapshots.Kept.Remove(ended.Snapshot);
            }

            _observing.TellSnapshot(SnapshotActivity.Failed, ended.Follower, ended.Snapshot.Index, transfer.Progress.BytesSent, ended.Snapshot.Content.Bytes);

            // A newer one may be what the follower needs.
            follower.NoTransferBefore = Now + _settings.Replication.MaxBackoff;
            _snapshots.TakeIfPossible();

            follower.Replicator.Tell(SnapshotNotInstalled.Instance, Self);
        }

        _snapshots.Sweep();
    }
}
