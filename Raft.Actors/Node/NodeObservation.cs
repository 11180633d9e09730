using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>A node's state between two messages.</summary>
internal readonly record struct NodeObservation(
    RaftRole Role,
    long Term,
    long DurableTerm,
    ServerId VotedFor,
    ServerId LeaderId,
    LogView Log,
    long DurableIndex,
    long CommitIndex,
    long LastApplied,
    Configuration Configuration,
    int InFlight,
    bool HasState,
    long StoppedAt,
    QueueSizes Queues)
{
    /// <summary>What it has found that keeps it out of its group; null where it takes part.</summary>
    public string? BrokenSafety { get; init; }
}

/// <summary>How much a node holds that others made it hold.</summary>
/// <param name="CommandsWaiting">Commands that wait for room.</param>
/// <param name="ReadsWaiting">Reads that wait for the leader to be confirmed.</param>
/// <param name="Journal">What waits for the journal.</param>
/// <param name="LogBytes">The bytes of the log in memory.</param>
internal readonly record struct QueueSizes(int CommandsWaiting, int ReadsWaiting, JournalQueueSize Journal, long LogBytes);
