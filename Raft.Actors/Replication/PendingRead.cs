using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>A request that waits for the leader to be confirmed.</summary>
/// <param name="Query">A query; with null the confirmation itself is asked for, by a client or another server.</param>
/// <param name="Client">The client that is answered.</param>
/// <param name="Since">When it came.</param>
/// <param name="Deadline">When it is given up.</param>
internal sealed record PendingRead(object? Query, IActorRef Client, TimeSpan Since, TimeSpan Deadline)
{
    /// <summary>How old the answer may be; null if it must be linearizable.</summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Whether the question is where the changes from now on begin: after all that was committed before.</summary>
    public bool AsksForNow { get; init; }

    /// <summary>The question of another server that wants to answer reads itself; null where a client asks.</summary>
    public RequestReadIndex? Asked { get; init; }
}
