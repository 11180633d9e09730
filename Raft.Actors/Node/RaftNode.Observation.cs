using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// What the simulation looks at after every step, to hold it against the rules of Raft. Nothing here decides anything.
/// </summary>
public sealed partial class RaftNode
{
    internal NodeObservation Observe() => new(
        _role, _hardState.Term, _hardState.DurableTerm, _hardState.VotedFor, _leaderSeen.Id, _log.View,
        _journal.DurableIndex, _commitIndex, _state.LastApplied, Configuration,
        _proposals.InFlight, _state.HasState, _faults.StoppedAt?.Index ?? 0,
        new QueueSizes(_proposals.WaitingCount, (_leader?.ReadsWaiting ?? 0) + _reading.Count, _journal.Size, _log.Bytes))
    {
        BrokenSafety = _safety.Broken ?? _safety.Contradiction,
    };
}

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
