namespace Raft.Actors.Model;

/// <summary>How a leader sends entries to a follower (etcd-raft's progress states).</summary>
public enum ProgressState : byte
{
    /// <summary>Looks for the place where the logs agree: one message at a time.</summary>
    Probe = 0,

    /// <summary>The logs agree: several messages in flight, ahead of their answers.</summary>
    Replicate = 1,

    /// <summary>
    /// The follower needs entries that the leader's log no longer has. No entries are sent until it has installed a snapshot.
    /// </summary>
    Snapshot = 2,
}
