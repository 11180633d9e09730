using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>What the simulation looks at after every step, to hold it against the rules of Raft. Nothing here decides anything.</summary>
public sealed partial class RaftNode
{
    internal NodeObservation Observe() => new(
        _role, _currentTerm, _durableTerm, _votedFor, _leaderId, _log.View, _journal.DurableIndex, _commitIndex, _lastApplied, Configuration, _proposals.InFlight);
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
    int InFlight);
