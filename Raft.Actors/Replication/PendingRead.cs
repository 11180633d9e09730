using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>A request that waits for the leader to be confirmed.</summary>
/// <param name="Query">A query; with null the confirmation itself is asked for, by a client or another server.</param>
/// <param name="Client">Who is answered.</param>
/// <param name="Since">When it came.</param>
/// <param name="Deadline">When it is given up.</param>
internal sealed record PendingRead(object? Query, IActorRef Client, TimeSpan Since, TimeSpan Deadline)
{
    /// <summary>How far behind the answer may be; null if it must not be behind at all.</summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Whether somebody asks where what changes from now on begins: behind all that was committed before.</summary>
    public bool AsksForNow { get; init; }

    /// <summary>The question of another server that wants to answer reads itself; null where a client asks.</summary>
    public RequestReadIndex? Asked { get; init; }
}
