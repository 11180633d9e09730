using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// A network between nodes of one actor system: every message passes through the real serializer and through links
/// that a test can cut in either direction. The answers to what came over a link go back over the link in the
/// other direction, as they would between processes.
/// </summary>
public sealed class TestNetwork(ActorSystem system)
{
    private readonly ExtendedActorSystem _system = (ExtendedActorSystem)system;
    private readonly Lock _lock = new();
    private ImmutableDictionary<ServerId, IActorRef> _nodes = ImmutableDictionary<ServerId, IActorRef>.Empty;
    private ImmutableDictionary<ServerId, string> _addresses = ImmutableDictionary<ServerId, string>.Empty;
    private ImmutableHashSet<(ServerId From, ServerId To)> _cuts = [];
    private ImmutableList<IPeerMessage> _delivered = [];
    private volatile Func<IPeerMessage, bool>? _drops;

    /// <summary>What was delivered so far, in order, where <see cref="Records"/> asks for it.</summary>
    public ImmutableList<IPeerMessage> Delivered => _delivered;

    /// <summary>Which messages to keep in <see cref="Delivered"/>.</summary>
    public Func<IPeerMessage, bool> Records { get; set; } = static _ => false;

    /// <summary>What becomes of a message on its way, as if another version of the library had sent it.</summary>
    public Func<IPeerMessage, IPeerMessage> Rewrites { get; set; } = static message => message;

    /// <summary>The resolver that a server's node is given.</summary>
    public IPeerResolver ResolverOf(ServerId self) => new Resolver(this, self);

    /// <summary>Says where a server's node is to be found.</summary>
    public void Attach(ServerId server, IActorRef node)
    {
        lock (_lock)
        {
            _nodes = _nodes.SetItem(server, node);
        }
    }

    /// <summary>From now on a server is reached at one address only, whatever others believe.</summary>
    public void Move(ServerId server, string address)
    {
        lock (_lock)
        {
            _addresses = _addresses.SetItem(server, address);
        }
    }

    /// <summary>Cuts one direction.</summary>
    public void Cut(ServerId from, ServerId to)
    {
        lock (_lock)
        {
            _cuts = _cuts.Add((from, to));
        }
    }

    /// <summary>Cuts every link between the sides, in both directions.</summary>
    public void Partition(ServerId[] oneSide, ServerId[] otherSide)
    {
        foreach (var one in oneSide)
        {
            foreach (var other in otherSide)
            {
                Cut(one, other);
                Cut(other, one);
            }
        }
    }

    /// <summary>Cuts a server off from all others.</summary>
    public void Isolate(ServerId server) => Partition([server], [.. _nodes.Keys.Where(other => other != server)]);

    /// <summary>Mends the link between two servers, in both directions.</summary>
    public void Mend(ServerId one, ServerId other)
    {
        lock (_lock)
        {
            _cuts = _cuts.Remove((one, other)).Remove((other, one));
        }
    }

    /// <summary>Drops the messages that a condition picks, until <see cref="Heal"/>.</summary>
    public void Drop(Func<IPeerMessage, bool> condition) => _drops = condition;

    /// <summary>Mends every link.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _cuts = [];
        }

        _drops = null;
    }

    private void Send(ServerId from, ServerId to, IActorRef? target, object message, IActorRef sender)
    {
        if (_cuts.Contains((from, to)) || (message is IPeerMessage peerMessage && _drops?.Invoke(peerMessage) == true))
        {
            return;
        }

        var receiver = target ?? _nodes.GetValueOrDefault(to, ActorRefs.Nobody);
        var received = ThroughSerializer(message is IPeerMessage sent ? Rewrites(sent) : message);
        if (received is IPeerMessage delivered && Records(delivered))
        {
            lock (_lock)
            {
                _delivered = _delivered.Add(delivered);
            }
        }

        receiver.Tell(received, sender.IsNobody() ? sender : new Link(this, to, from, sender));
    }

    private object ThroughSerializer(object message)
    {
        var serializer = (SerializerWithStringManifest)_system.Serialization.FindSerializerFor(message);
        return serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message));
    }

    private sealed class Resolver(TestNetwork network, ServerId self) : IPeerResolver
    {
        public IActorRef Resolve(Server server) => new Link(network, self, server.Id, null, server.Address);
    }

    /// <summary>
    /// One direction between two servers; to a server's node, or to one of its actors that waits for an answer.
    /// </summary>
    private sealed class Link(
        TestNetwork network, ServerId from, ServerId to, IActorRef? target, string? address = null) : MinimalActorRef
    {
        public override ActorPath Path { get; } =
            target?.Path ?? new RootActorPath(new Address("akka.test", "raft")) / "user" / to.Value;

        public override IActorRefProvider Provider => network._system.Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (address is null || network._addresses.GetValueOrDefault(to, address) == address)
            {
                network.Send(from, to, target, message, sender);
            }
        }
    }
}
