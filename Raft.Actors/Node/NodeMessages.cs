using Raft.Actors.Applying;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>To the supervisor: the node has read its journal and takes part.</summary>
internal sealed record NodeRecovered
{
    public static readonly NodeRecovered Instance = new();
}

/// <summary>To the supervisor: why the node is about to stop, and what a client is told whose entry was not answered.</summary>
internal sealed record NodeFailed(string Reason, Func<long, RaftFailure> OpenOutcome)
{
    /// <summary>Where the state machine threw; null where it did not.</summary>
    public FailedEntries? Entries { get; init; }

    /// <summary>Whether the node stops by its own decision, and is to be back soon.</summary>
    public bool IsWanted { get; init; }
}

/// <summary>
/// To the supervisor: the node takes no part any more, for the group's safety is broken. No later life of it may either.
/// </summary>
internal sealed record NodeExcluded(string Reason);

/// <summary>From the supervisor to its node: it goes on with other settings, which have been checked.</summary>
internal sealed record SettingsChanged(RaftSettings Settings);

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

    /// <summary>Time to look whether a snapshot is due.</summary>
    Snapshot,

    /// <summary>Reads wait here though this node does not lead: one may have reached its deadline, or the leader is to be asked again.</summary>
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
