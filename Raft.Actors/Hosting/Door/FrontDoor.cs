using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.LogLines;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// Stands between a transport and Akka.Remote, on every connection, and lets in what <see cref="DoorRules"/> let in.
/// </summary>
internal sealed class FrontDoor
{
    private readonly DoorRules _rules;
    private readonly HolderRules _holders;
    private readonly LineLimit<RefusalKind> _limit = new(TimeProvider.System);
    private readonly ILoggingAdapter _log;

    /// <summary>Makes a door.</summary>
    /// <param name="system">The actor system that it protects.</param>
    /// <param name="settings">What it lets in.</param>
    /// <param name="holders">And from whom.</param>
    public FrontDoor(ActorSystem system, DoorSettings settings, HolderRules holders)
    {
        _holders = holders;
        _rules = new DoorRules(settings, holders);
        _log = Logging.GetLogger(system, "door");
    }

    /// <summary>Where the transport listens, as others know it.</summary>
    public void ListensAt(Address self) => _rules.ListensAt(self);

    /// <summary>The door before Akka.Remote's listener for connections that others open.</summary>
    public IAssociationEventListener Before(IAssociationEventListener listener) => new Entrance(this, listener);

    /// <summary>The door on a connection.</summary>
    public AssociationHandle On(AssociationHandle connection) => new GuardedConnection(this, connection);

    /// <summary>The holder of the certificate of a connection; null if certificates do not matter.</summary>
    public CertificateHolder? PeerOf(AssociationHandle connection) => _holders.Mode == IdentityMode.Off
        ? null
        : (connection as IIdentified)?.Peer ?? CertificateHolder.Nobody;

    /// <summary>Whether an event goes on to Akka.Remote. A frame that does not is dropped, and the connection goes on.</summary>
    public bool LetsIn(IHandleEvent happened, Address from, CertificateHolder? peer)
    {
        if (happened is not InboundPayload frame || _rules.Check(frame.Payload.Span, peer) is not { } refusal)
        {
            return true;
        }

        var isOnlyLogged = refusal.IsOfIdentity && _holders.Mode == IdentityMode.Log;
        if (_limit.IsTold(refusal.Kind, out var inSilence))
        {
            _log.Warning(
                isOnlyLogged
                    ? "let in a message from {0} that raft.tls.identities = on would refuse: {1}{2}"
                    : "refused a message from {0}: {1}{2}",
                from, refusal.Reason, LinePace.Others(inSilence));
        }

        return isOnlyLogged;
    }

    private sealed class Entrance(FrontDoor door, IAssociationEventListener listener) : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev) =>
            listener.Notify(ev is InboundAssociation inbound ? new InboundAssociation(door.On(inbound.Association)) : ev);
    }
}
