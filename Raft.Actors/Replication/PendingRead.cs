using Akka.Actor;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Replication;

/// <summary>A request that waits for the leader to be confirmed.</summary>
/// <param name="Query">A query; with null the confirmation itself is asked for, by a client or another server.</param>
/// <param name="Client">The client that is answered.</param>
/// <param name="Since">When it came.</param>
/// <param name="Deadline">When it is given up.</param>
internal sealed record PendingRead(object? Query, IActorRef Client, TimeSpan Since, TimeSpan Deadline)
{
    /// <summary>After this time a client may try again whose request found too many before it.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>How old the answer may be; null if it must be linearizable.</summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Whether the question is where the changes from now on begin: after all that was committed before.</summary>
    public bool AsksForNow { get; init; }

    /// <summary>The question of another server that wants to answer reads itself; null where a client asks.</summary>
    public RequestReadIndex? Asked { get; init; }

    /// <summary>What a client asks.</summary>
    /// <param name="read">The read.</param>
    /// <param name="client">Who is answered.</param>
    /// <param name="now">The time.</param>
    /// <param name="settings">How long it may wait, and how far behind its answer may be, where the client does not say.</param>
    public static PendingRead Of(Read read, IActorRef client, TimeSpan now, ReadSettings settings)
    {
        var timeout = read.Timeout is { } asked && asked < settings.Timeout ? asked : settings.Timeout;
        return new PendingRead(read.Query, client, now, now + timeout)
        {
            MaxStaleness = read.Consistency == ReadConsistency.Bounded ? read.MaxStaleness ?? settings.MaxStaleness : null,
        };
    }
}
