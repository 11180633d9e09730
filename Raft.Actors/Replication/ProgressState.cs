namespace Raft.Actors.Replication;

/// <summary>How a leader sends entries to a follower (etcd-raft's progress states).</summary>
public enum ProgressState : byte
{
    /// <summary>Looks for the place where the logs agree: one message at a time.</summary>
    Probe = 0,

    /// <summary>The logs agree: several messages in flight, ahead of their answers.</summary>
    Replicate = 1,
}
