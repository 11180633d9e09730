using Akka.Actor;
using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Network;

/// <summary>How the links behave; each message draws for itself, so that messages overtake one another.</summary>
internal sealed record NetworkFaults
{
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMicroseconds(100);

    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a message is on its way for up to <see cref="LongDelay"/>.</summary>
    public double LongDelayRate { get; init; }

    public TimeSpan LongDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public double LossRate { get; init; }

    public double DuplicationRate { get; init; }
}

/// <summary>
/// The network between servers, and between clients and servers. Every message passes through the real serializer. Answers to
/// what came over a link go back over it, and reach nobody when the asking life is over.
/// </summary>
internal sealed class SimulatedNetwork(SimulatedWorld world)
{
    private readonly SeededRandom _random = SeededRandom.Stream(world.Seed, "network");
    private readonly Dictionary<ServerId, SimulatedServer> _servers = [];

    // How many cuts lie on a link; only asked for single links, never walked through.
    private readonly Dictionary<(ServerId From, ServerId To), int> _cuts = [];

    // Only asked for single links, never walked through.
    private readonly Dictionary<(ServerId From, ServerId To), TimeSpan> _delays = [];
    private readonly List<(ServerId From, ServerId To, Func<IPeerMessage, bool> IsDropped)> _drops = [];

    public NetworkFaults Faults { get; set; } = new();

    /// <summary>Set: no other server's campaign is heard.</summary>
    public ServerId OnlyCandidate { get; set; }

    /// <summary>What a server says, as it says it, and the name of the actor that is answered, if one is.</summary>
    public required Action<SimulatedServer, IPeerMessage, string?> Said { get; init; }

    /// <summary>What happens as soon as a message of a kind is on its way, once.</summary>
    public (Func<SimulatedServer, IPeerMessage, bool> IsMeant, Action Then)? OnceSent { get; set; }

    /// <summary>A server is to die in the middle of a handler.</summary>
    public required Action<Life> Crash { get; init; }

    public long Delivered { get; private set; }

    /// <summary>How many messages were lost on links that were not cut.</summary>
    public long Lost { get; private set; }

    private IActorRefProvider Provider => ((ExtendedActorSystem)world.System).Provider;

    public void Add(SimulatedServer server) => _servers.Add(server.Id, server);

    public IPeerResolver ResolverOf(SimulatedServer server, Life life) => new Resolver(this, server, life);

    public void Cut(ServerId from, ServerId to) => _cuts[(from, to)] = _cuts.GetValueOrDefault((from, to)) + 1;

    /// <summary>Takes one cut from a link.</summary>
    public void Mend(ServerId from, ServerId to) => _cuts[(from, to)] = Math.Max(0, _cuts.GetValueOrDefault((from, to)) - 1);

    /// <summary>Takes all cuts, drops and delays from all links.</summary>
    public void MendAll()
    {
        OnceSent = null;
        _cuts.Clear();
        _drops.Clear();
        _delays.Clear();
    }

    /// <summary>Some messages of a link are lost.</summary>
    public void Drop(ServerId from, ServerId to, Func<IPeerMessage, bool> isDropped) => _drops.Add((from, to, isDropped));

    /// <summary>What goes over a link takes so much longer.</summary>
    public void Delay(ServerId from, ServerId to, TimeSpan by) => _delays[(from, to)] = by;

    /// <summary>What goes over a link takes so much longer than now; a negative time takes that back.</summary>
    public void AddDelay(ServerId from, ServerId to, TimeSpan by) =>
        _delays[(from, to)] = _delays.GetValueOrDefault((from, to)) + by;

    public bool IsCut(ServerId from, ServerId to) => _cuts.GetValueOrDefault((from, to)) > 0;

    /// <summary>A client's request to whichever life of a server's supervisor it finds there.</summary>
    public void Request(SimulatedServer server, IRaftRequest request, IActorRef client, Action<Life> arrives)
    {
        if (IsLost())
        {
            return;
        }

        var envelope = Serialize(request);
        world.Schedule(DrawDelay(), null, Arrive);

        void Arrive()
        {
            if (server.Life is { IsAlive: true } life && !Waits(life, Arrive))
            {
                arrives(life);
                Tell(life, (IRaftRequest)envelope.Read(), client);
            }
        }
    }

    /// <summary>A request from within a server's own process.</summary>
    public void Tell(Life life, IRaftRequest request, IActorRef client)
    {
        life.IsStopping |= request is Shutdown;
        SupervisorOf(life).Tell(request, client);
    }

    /// <summary>A server's answer to a client.</summary>
    public void Answer(Life? from, object answer, Action<object> receive)
    {
        if (from is not { IsAlive: true } || !MayStillSend(from) || IsLost())
        {
            return;
        }

        var envelope = Serialize(answer);
        world.Schedule(DrawDelay(), null, () => receive(envelope.Read()));
    }

    private void Send(
        SimulatedServer from, Life life, SimulatedServer to, Target? target, object message, IActorRef sender, bool isThere)
    {
        if (!life.IsAlive || !MayStillSend(life))
        {
            return;
        }

        var peerMessage = (IPeerMessage)message;
        Said(from, peerMessage, target?.Actor.Path.Name);
        if (!isThere || IsCut(from.Id, to.Id) || IsDropped(from.Id, to.Id, peerMessage) || IsLost())
        {
            return;
        }

        if (OnceSent is { } once && once.IsMeant(to, peerMessage))
        {
            OnceSent = null;
            once.Then();
        }

        var envelope = Serialize(message);

        // A request that is passed on is no peer's business: twice delivered it would be applied twice, and TCP does not do that.
        var copies = message is not ForwardedRequest && _random.Chance(Faults.DuplicationRate) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            world.Schedule(
                DrawDelay() + _delays.GetValueOrDefault((from.Id, to.Id)),
                null,
                () => Deliver(from, life, to, target, envelope, sender));
        }
    }

    private void Deliver(
        SimulatedServer from, Life sendingLife, SimulatedServer to, Target? target, Envelope envelope, IActorRef sender)
    {
        if (to.Life is not { IsAlive: true } life || (target is not null && target.Life != life) || IsCut(from.Id, to.Id)
            || Waits(life, () => Deliver(from, sendingLife, to, target, envelope, sender)))
        {
            return;
        }

        Delivered++;
        var message = envelope.Read();
        if (world.Trace.KeepsText)
        {
            world.Trace.Line(world.Now, to.Id.Value, $"<- {from.Id} {MessageText.Of(message)}");
        }

        // A client's own reference needs no link: every answer goes over the client's network.
        var answerTo = sender.IsNobody() || sender is ClientRef
            ? sender
            : new Link(this, to, life, from, new Target(sender, sendingLife));
        var receiver = target?.Actor ?? NodeOf(life);
        receiver.Tell(message, answerTo);
    }

    /// <summary>What comes for a machine that stands still is taken in when it goes on.</summary>
    private bool Waits(Life life, Action arrive)
    {
        if (life.FrozenUntil <= world.Now)
        {
            return false;
        }

        world.Schedule(new TimeSpan(life.FrozenUntil - world.Now) + DrawDelay(), null, arrive);
        return true;
    }

    private IActorRef SupervisorOf(Life life) => Provider.ResolveActorRef(world.Paths.Supervisor(life));

    private IActorRef NodeOf(Life life) => Provider.ResolveActorRef(world.Paths.Node(life));

    private bool IsDropped(ServerId from, ServerId to, IPeerMessage message) =>
        (!OnlyCandidate.IsNone && from != OnlyCandidate && message is (RequestPreVote or RequestVote))
        || _drops.Exists(drop => drop.From == from && drop.To == to && drop.IsDropped(message));

    private bool IsLost()
    {
        var isLost = _random.Chance(Faults.LossRate);
        Lost += isLost ? 1 : 0;
        return isLost;
    }

    private TimeSpan DrawDelay()
    {
        var delay = _random.Between(Faults.MinDelay, Faults.MaxDelay);
        return _random.Chance(Faults.LongDelayRate) ? delay + _random.Between(TimeSpan.Zero, Faults.LongDelay) : delay;
    }

    /// <summary>A life that is to die in the middle of a handler dies before this message leaves.</summary>
    private bool MayStillSend(Life life)
    {
        if (life.SendsUntilCrash > 0 && --life.SendsUntilCrash == 0)
        {
            Crash(life);
        }

        return life.IsAlive;
    }

    private Envelope Serialize(object message)
    {
        var serializer = (SerializerWithStringManifest)world.System.Serialization.FindSerializerFor(message);
        var envelope = new Envelope(serializer, serializer.Manifest(message), serializer.ToBinary(message));
        world.Trace.Mix(Digest.Of(envelope.Bytes));
        return envelope;
    }

    /// <summary>A message on the wire. What is read owns its bytes, so each reader gets its own.</summary>
    private sealed record Envelope(SerializerWithStringManifest Serializer, string Manifest, byte[] Bytes)
    {
        public object Read() => Serializer.FromBinary((byte[])Bytes.Clone(), Manifest);
    }

    /// <summary>An actor of one life that waits for an answer.</summary>
    private sealed record Target(IActorRef Actor, Life Life);

    private sealed class Resolver(SimulatedNetwork network, SimulatedServer self, Life life) : IPeerResolver
    {
        public IActorRef Resolve(Server server) =>
            new Link(network, self, life, network._servers[server.Id], null, server.Address);
    }

    /// <summary>One direction between two servers, as one life of the sender holds it.</summary>
    private sealed class Link(
        SimulatedNetwork network,
        SimulatedServer from,
        Life life,
        SimulatedServer to,
        Target? target,
        string? address = null) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(to.AkkaAddress) / "user" / to.Id.Value;

        public override IActorRefProvider Provider => network.Provider;

        protected override void TellInternal(object message, IActorRef sender) =>
            network.Send(from, life, to, target, message, sender, address is null || address == to.Address);
    }
}

/// <summary>A client's address: what is told to it travels over the network to the client.</summary>
/// <param name="world">The world.</param>
/// <param name="network">The network.</param>
/// <param name="name">The client's name.</param>
/// <param name="receive">What the client does with an answer that has come to it.</param>
/// <param name="said">What happens when a server has said an answer, which may yet be lost.</param>
internal sealed class ClientRef(
    SimulatedWorld world, SimulatedNetwork network, string name, Action<object> receive, Action? said = null) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(new Address("akka.simulation", "client")) / "user" / name;

    public override IActorRefProvider Provider => ((ExtendedActorSystem)world.System).Provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        said?.Invoke();
        network.Answer(world.Running, message, receive);
    }
}
