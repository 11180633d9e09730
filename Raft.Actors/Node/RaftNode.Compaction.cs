using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// Compaction: what a snapshot makes superfluous goes from the log, in memory and in the journal (dissertation, chapter 5).
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>
    /// A follower has its snapshot and goes on by entries. It needs those that the log would let go of until it has them, and no
    /// longer.
    /// </summary>
    private void LetGoOfWhatWasHeldFor(FollowerActors follower)
    {
        if (follower.GoesOnFrom is { } installed && Math.Max(installed, follower.Progress?.MatchIndex ?? 0) is var has)
        {
            follower.GoesOnFrom = has >= _snapshots.Compaction.Superfluous ? null : has;
            if (follower.GoesOnFrom is null)
            {
                _snapshots.Compaction.Compact();
            }
        }
    }
}
