using Akka.Persistence;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>Which message about snapshots goes to which of their parts.</summary>
internal static class SnapshotMessages
{
    /// <summary>Handles what the keeper, the state machine, the journal and those who copy snapshots say.</summary>
    /// <returns>False where the message is about something else.</returns>
    public static bool Handle(this LocalSnapshots snapshots, object message)
    {
        switch (message)
        {
            case ReadingEnded ended:
                snapshots.Exports.End(ended);
                snapshots.Sweep();
                return true;
            case ViewTaken view:
                snapshots.OnViewTaken(view);
                return true;
            case SnapshotStored stored:
                snapshots.OnStored(stored.Snapshot);
                return true;
            case SnapshotFailed failed:
                snapshots.OnFailed(failed.Number, failed.Reason);
                return true;
            case RestoreFailed failed:
                snapshots.StateLoading.OnLoadFailed(failed);
                return true;
            case DeleteMessagesSuccess deleted:
                snapshots.Compaction.Deleted(deleted);
                return true;
            case DeleteMessagesFailure failed:
                snapshots.Compaction.NotDeleted(failed);
                return true;
            default:
                return false;
        }
    }
}
