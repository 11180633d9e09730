namespace Raft.Actors.Node.Contracts;

/// <summary>The node's timers and its messages to itself.</summary>
internal enum NodeTick
{
    /// <summary>What gathered while the mailbox was emptied is to be persisted and sent.</summary>
    Flush,

    /// <summary>Time to look whether an election is due.</summary>
    Election,

    /// <summary>A leader looks at its lease and at its disk.</summary>
    Leadership,

    /// <summary>A transfer of leadership takes too long.</summary>
    Transfer,

    /// <summary>Leadership has ended, and the node may stop.</summary>
    ShutDown,

    /// <summary>A node that stops has waited for its journal for too long.</summary>
    StopDeadline,

    /// <summary>Time to look whether a snapshot is due.</summary>
    Snapshot,

    /// <summary>Reads wait on a follower: one may have reached its deadline, or the leader is to be asked again.</summary>
    Reads,

    /// <summary>A group is to be begun here: time to ask those that have not pledged themselves.</summary>
    Founding,

    /// <summary>A command that waits to be accepted may have reached its deadline.</summary>
    EnqueueDeadline,

    /// <summary>Time to try again to apply the entry at which the state machine threw.</summary>
    Retry,

    /// <summary>Time to build the state anew, without an entry that is skipped.</summary>
    Rebuild,
}
