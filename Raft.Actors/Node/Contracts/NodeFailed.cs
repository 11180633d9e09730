using Raft.Actors.Applying;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Contracts;

/// <summary>To the supervisor: why the node is about to stop, and what a client is told whose entry was not answered.</summary>
internal sealed record NodeFailed(string Reason, Func<long, RaftFailure> OpenOutcome)
{
    /// <summary>Where the state machine threw; null where it did not.</summary>
    public FailedEntries? Entries { get; init; }

    /// <summary>Whether the node stops by its own decision, and is to be back soon.</summary>
    public bool IsWanted { get; init; }
}
