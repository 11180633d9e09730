using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>To the supervisor: the node has read its journal and takes part.</summary>
internal sealed record NodeRecovered
{
    public static readonly NodeRecovered Instance = new();
}

/// <summary>To the supervisor: why the node is about to stop, and what a client is told whose entry was not answered.</summary>
internal sealed record NodeFailed(string Reason, Func<long, RaftFailure> OpenOutcome)
{
    /// <summary>The entry at which the state machine failed; null where it did not.</summary>
    public FailedEntry? Entry { get; init; }
}

/// <summary>The entry at which a state machine failed.</summary>
/// <param name="Index">The entry; the first that it may have been, where that is not known.</param>
/// <param name="Term">Its term.</param>
/// <param name="Reason">What the state machine said.</param>
/// <param name="IsExact">Whether it was this entry and no other of its batch.</param>
internal sealed record FailedEntry(long Index, long Term, string Reason, bool IsExact)
{
    public string InWords => $"the state machine threw at{(IsExact ? string.Empty : " or behind")} entry {Index} of term {Term}: {Reason}";

    public bool Is(Log.SkippedEntry entry) => Index == entry.Index && Term == entry.Term;

    public bool IsSameAs(FailedEntry? other) => Index == other?.Index && Term == other.Term;
}

/// <summary>To itself: the entry at which the state machine fails is skipped from now on.</summary>
internal sealed record SkipCommitted(string Reason);

/// <summary>To itself: the group skips an entry that is in this server's snapshot.</summary>
internal sealed record AppliedThoughSkipped(string Reason);

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

    /// <summary>Time to try the entry once more at which the state machine failed.</summary>
    StateMachine,

    /// <summary>Time to look whether a snapshot is due.</summary>
    Snapshot,

    /// <summary>Reads wait here though this node does not lead: one may have reached its deadline, or the leader is to be asked again.</summary>
    Reads,

    /// <summary>A group is to be begun here: time to ask those that have not pledged themselves.</summary>
    Founding,

    /// <summary>A command that waits to be accepted may have reached its deadline.</summary>
    EnqueueDeadline,
}
