using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Membership;

/// <summary>The change that a leader is busy with; there is never more than one.</summary>
internal sealed class PendingChange(MembershipRequest request, IActorRef client)
{
    public MembershipRequest Request { get; } = request;

    /// <summary>Who waits for it.</summary>
    public IActorRef Client { get; } = client;

    /// <summary>The index of the entry that it waits for; 0 while a new voter catches up and no entry is on its way.</summary>
    public long Index { get; set; }

    /// <summary>Asks the server whether it is there; null once it has answered, or need not.</summary>
    public IActorRef? Probe { get; init; }

    /// <summary>While a new voter catches up.</summary>
    public CatchUp? CatchUp { get; set; }
}
