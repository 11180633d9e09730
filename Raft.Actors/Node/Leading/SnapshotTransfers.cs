using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// The leader's side of InstallSnapshot (dissertation, figure 5.3): followers that need what the log has no longer get
/// a snapshot.
/// </summary>
internal sealed class SnapshotTransfers(
    ILeaderContext node, Leadership leadership, Followers followers, LocalSnapshots snapshots, Observing observing)
{
    /// <summary>The numbers of the snapshots that are on their way.</summary>
    public IEnumerable<long> Numbers => followers.Present
        .Where(static follower => follower.Transfer is not null)
        .Select(static follower => follower.Transfer!.Snapshot.Number);

    /// <summary>A follower wants a snapshot.</summary>
    public void OnNeeded(SnapshotNeeded needed)
    {
        if (followers.Find(needed.Follower) is not { Transfer: null } follower)
        {
            return;
        }

        if (snapshots.Kept.Newest is not { } snapshot || node.Now < follower.NoTransferBefore)
        {
            if (snapshots.Kept.Newest is null)
            {
                snapshots.TakeIfPossible();
            }

            node.Tell(follower.Replicator, SnapshotNotInstalled.Instance);
            return;
        }

        Begin(follower, snapshot);
    }

    /// <summary>
    /// A transfer of which the follower has nothing goes on with the newest snapshot. The older one would only delay
    /// it, and would be kept on disk for as long as the follower is away.
    /// </summary>
    public void Renew()
    {
        if (snapshots.Kept.Newest is not { } newest)
        {
            return;
        }

        var outdated = followers.Present
            .Where(follower => follower.Transfer is { } transfer
                && transfer.Snapshot.Index < newest.Index
                && HasNothingOf(transfer, follower))
            .ToArray();
        foreach (var follower in outdated)
        {
            node.Logger.Info(
                "{0}: {1} has nothing yet of the snapshot of entry {2}; it is sent that of entry {3} instead",
                node.Name, follower.Server.Id, follower.Transfer!.Snapshot.Index, newest.Index);
            node.Stop(follower.Transfer.Sender);
            Begin(follower, newest);
        }

        if (outdated.Length > 0)
        {
            snapshots.Sweep();
            snapshots.Compaction.Compact();
        }
    }

    /// <summary>A follower has confirmed more of a snapshot, or has begun anew.</summary>
    public void OnProgress(TransferProgress progress)
    {
        if (followers.Find(progress.Follower) is { Transfer: { } transfer } follower
            && transfer.Snapshot.Index == progress.Transfer.Index)
        {
            follower.Transfer = transfer with { Progress = progress.Transfer };
            if (progress.Transfer.BytesSent == 0)
            {
                // The follower began anew, and has lost what it had.
                Renew();
            }
        }
    }

    /// <summary>A follower has a snapshot, or does not get it.</summary>
    public void OnEnded(TransferEnded ended)
    {
        if (followers.Find(ended.Follower) is not { Transfer: { } transfer } follower || transfer.Snapshot != ended.Snapshot)
        {
            return;
        }

        follower.Transfer = null;
        if (ended.Failure is null)
        {
            OnInstalled(follower, ended.Snapshot);
        }
        else
        {
            OnFailed(follower, transfer, ended);
        }

        snapshots.Sweep();
    }

    /// <summary>
    /// A follower has its snapshot and goes on by entries. The log keeps those that it would otherwise let go of until
    /// the follower has them, and no longer.
    /// </summary>
    public void LetGoOfWhatWasHeldFor(FollowerActors follower)
    {
        if (follower.GoesOnFrom is { } installed && Math.Max(installed, follower.Progress?.MatchIndex ?? 0) is var has)
        {
            follower.GoesOnFrom = has >= snapshots.Compaction.Superfluous ? null : has;
            if (follower.GoesOnFrom is null)
            {
                snapshots.Compaction.Compact();
            }
        }
    }

    private void Begin(FollowerActors follower, StoredSnapshot snapshot)
    {
        var (store, settings) = (snapshots.Kept.Store, node.Settings);
        var (link, seed) = (followers.LinkTo(follower.Server), node.Random.Next());
        var props = Props.Create(() => new SnapshotSender(link, snapshot, store, settings, new Random(seed)));
        follower.Transfer = new Transfer(
            node.Spawn(props.On(settings.Dispatcher), $"snapshot-{followers.NewName(follower.Server.Id)}"),
            snapshot,
            new SnapshotTransfer(snapshot.Index, 0, snapshot.Content.Bytes));
        follower.GoesOnFrom = null;
    }

    /// <summary>
    /// Whether a follower has confirmed nothing of a snapshot, or has been silent for so long that it has given up what
    /// it had.
    /// </summary>
    private bool HasNothingOf(Transfer transfer, FollowerActors follower) =>
        transfer.Progress.BytesSent == 0
        || leadership.Lease.LastContact(follower.Server.Id) is not { } contact
        || node.Now - contact > node.Settings.Replication.TransferSilence;

    private void OnInstalled(FollowerActors follower, StoredSnapshot snapshot)
    {
        follower.GoesOnFrom = snapshot.Index;
        node.Tell(follower.Replicator, new SnapshotInstalled(snapshot.Index));
        var bytes = snapshot.Content.Bytes;
        observing.TellSnapshot(SnapshotActivity.Sent, follower.Server.Id, snapshot.Index, bytes, bytes);
        LetGoOfWhatWasHeldFor(follower);
    }

    private void OnFailed(FollowerActors follower, Transfer transfer, TransferEnded ended)
    {
        var snapshot = ended.Snapshot;
        if (ended.IsUnreadable)
        {
            node.Logger.Error(
                "{0}: its snapshot of entry {1} cannot be read any more; it takes another one", node.Name, snapshot.Index);
            snapshots.Kept.Remove(snapshot);
        }

        observing.TellSnapshot(
            SnapshotActivity.Failed, ended.Follower, snapshot.Index, transfer.Progress.BytesSent, snapshot.Content.Bytes);

        // A newer one may be what the follower needs.
        follower.NoTransferBefore = node.Now + node.Settings.Replication.MaxBackoff;
        snapshots.TakeIfPossible();
        node.Tell(follower.Replicator, SnapshotNotInstalled.Instance);
    }
}
