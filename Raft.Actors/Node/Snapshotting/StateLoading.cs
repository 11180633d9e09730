using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>Which of its snapshots a server takes its state from when it starts, and when one of them cannot be read.</summary>
internal sealed class StateLoading(INodeContext node, KeptSnapshots kept, OwnState state)
{
    /// <summary>
    /// Loads the newest state that was surely made without what the log skips. An older one serves, or no state at all where
    /// the log is whole: until the skip is committed nothing is applied from the skipped entry on. Where neither is there,
    /// the leader's state has to come.
    /// </summary>
    /// <param name="newest">The newest snapshot.</param>
    public void LoadTrusted(StoredSnapshot newest)
    {
        if (node.Log.Skips.Cover(newest.Index))
        {
            node.Logger.Warning(
                "{0} does not trust its snapshot of entry {1}: it may hold what a later entry skips", node.Name, newest.Index);
            kept.RemoveAll(snapshot => snapshot.Index < node.Log.BaseIndex || node.Log.Skips.Cover(snapshot.Index));
        }

        if (kept.Newest is { } trusted)
        {
            state.Load(trusted, libraryOnly: !node.Settings.Snapshots.RestoreOnStart);
        }
        else if (node.Log.BaseIndex == 0)
        {
            state.HandOut([]);
        }
        else
        {
            state.Lack();
        }
    }

    /// <summary>
    /// Half a state is none: an older snapshot serves if the log goes on after it. Where there is none, the leader is asked
    /// for one. Until it comes this server has its log and its votes, and neither serves nor leads.
    /// </summary>
    public void OnLoadFailed(RestoreFailed failed)
    {
        if (!state.TryFailLoad(failed.Snapshot))
        {
            return;
        }

        var failedIndex = failed.Snapshot.Index;
        kept.Remove(failed.Snapshot);
        if (kept.All.FirstOrDefault(older => older.Index < failedIndex && older.Index >= node.Log.BaseIndex) is { } older)
        {
            node.Logger.Error(
                "{0} cannot restore its snapshot of entry {1} ({2}); it takes the older one of entry {3}",
                node.Name, failedIndex, failed.Reason, older.Index);
            state.Load(older, libraryOnly: !node.Settings.Snapshots.RestoreOnStart);
            return;
        }

        node.Logger.Error(
            "{0} cannot restore its snapshot of entry {1} ({2}) and has no other to go on from; "
            + "it waits for a snapshot of the leader",
            node.Name, failedIndex, failed.Reason);
    }
}
