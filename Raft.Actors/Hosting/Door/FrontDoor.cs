using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// Stands between a transport and Akka.Remote, on every connection, and lets in what <see cref="DoorRules"/> let in.
/// </summary>
internal sealed class FrontDoor
{
    private readonly DoorRules _rules;
    private readonly RefusalLedger _ledger = new(TimeProvider.System);
    private readonly ILoggingAdapter _log;

    /// <summary>Makes a door.</summary>
    /// <param name="system">The system behind it.</param>
    /// <param name="settings">What it lets in.</param>
    public FrontDoor(ActorSystem system, DoorSettings settings)
    {
        _rules = new DoorRules(settings);
        _log = Logging.GetLogger(system, "door");
    }

    /// <summary>Where the transport listens, as others know it.</summary>
    public void ListensAt(Address self) => _rules.ListensAt(self);

    /// <summary>The door before Akka.Remote's listener for connections that others open.</summary>
    public IAssociationEventListener Before(IAssociationEventListener listener) => new Entrance(this, listener);

    /// <summary>The door on a connection.</summary>
    public AssociationHandle On(AssociationHandle connection) => new GuardedConnection(this, connection);

    /// <summary>Whether an event goes on to Akka.Remote. A frame that does not is dropped, and the connection goes on.</summary>
    public bool LetsIn(IHandleEvent happened, Address from)
    {
        if (happened is not InboundPayload frame || _rules.Check(frame.Payload.Span) is not { } refusal)
        {
            return true;
        }

        if (_ledger.IsTold(refusal.Kind, out var inSilence))
        {
            var others = inSilence == 0 ? string.Empty : $" ({inSilence} more of this kind since the last line)";
            _log.Warning("refused a message from {0}: {1}{2}", from, refusal.Reason, others);
        }

        return false;
    }

    private sealed class Entrance(FrontDoor door, IAssociationEventListener listener) : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev) =>
            listener.Notify(ev is InboundAssociation inbound ? new InboundAssociation(door.On(inbound.Association)) : ev);
    }
}
