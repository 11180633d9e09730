using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Node.Snapshotting;

namespace Raft.Actors.Node.Following;

/// <summary>Whether a follower has room for more entries in its log.</summary>
internal sealed class LogRoom(INodeContext node, MachineFaults faults, LocalSnapshots snapshots)
{
    /// <summary>
    /// Whether the log is full of what a snapshot will let go of. Where nothing in it is known to be committed, as
    /// after a restart of the whole group, no snapshot can, and only the entries to come tell what is: they are taken,
    /// no more than the leader has, which is bounded itself.
    /// </summary>
    /// <remarks>
    /// A server whose state machine has stopped takes twice as much: the skip that helps it comes after what a leader
    /// took in before it stopped too. Entries that no client made it takes in any case: elections may have brought many
    /// before the skip (seed 760004540).
    /// </remarks>
    public bool MustRefuse(ReadOnlySpan<LogEntry> entries) => faults.StoppedAt is null
        ? snapshots.Compaction.IsLogFull && (snapshots.NeedsLeaders || node.CommitIndex > snapshots.Kept.NewestIndex)
        : snapshots.Compaction.IsLogFullBy(2) && HasEntryOfClient(entries);

    private static bool HasEntryOfClient(ReadOnlySpan<LogEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (!entry.IsOfGroup)
            {
                return true;
            }
        }

        return false;
    }
}
