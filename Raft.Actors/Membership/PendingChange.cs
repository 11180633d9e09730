using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Membership;

/// <summary>The change that a leader is busy with; there is never more than one.</summary>
internal sealed class PendingChange(MembershipRequest request, IActorRef client)
{
    public MembershipRequest Request { get; } = request;

    /// <summary>The client that waits for it.</summary>
    public IActorRef Client { get; } = client;

    /// <summary>The index of the entry that it waits for; 0 while a new voter catches up and no entry is on its way.</summary>
    public long Index { get; set; }

    /// <summary>Asks the server whether it is there; null once it has answered, or need not.</summary>
    public IActorRef? Probe { get; init; }

    /// <summary>While a new voter catches up.</summary>
    public CatchUp? CatchUp { get; set; }

    /// <summary>When the server was first seen to be close to the log; null before.</summary>
    public TimeSpan? CloseSince { get; set; }

    /// <summary>What a promotion waits for, though the server has caught up; otherwise null.</summary>
    public string? Waits { get; set; }

    /// <summary>Which types of the log the server was seen to read.</summary>
    public CheckedTypes? Types { get; set; }
}

/// <summary>How far the leader has compared its log with what a server reads.</summary>
/// <param name="Digest">Of what the server has announced.</param>
/// <param name="UpTo">The last entry that was looked at.</param>
/// <param name="Lacked">The type that it does not read; null if it reads all so far.</param>
internal sealed record CheckedTypes(ulong Digest, long UpTo, string? Lacked);
