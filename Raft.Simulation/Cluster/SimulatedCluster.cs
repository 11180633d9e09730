using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Simulation.Invariants;
using Raft.Simulation.Journal;
using Raft.Simulation.Network;
using Raft.Simulation.Registers;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Cluster;

/// <summary>The servers of one group in a world: starts them, kills them, and has every step of theirs checked.</summary>
internal sealed class SimulatedCluster
{
    public const string Group = "g";

    private readonly SimulatedWorld _world;
    private readonly Swarm _swarm;
    private readonly Configuration _configuration;
    private readonly SeededRandom _random;
    private readonly PayloadCodec _codec;
    private readonly Dictionary<Life, IActorRef> _supervisors = [];
    private readonly bool _arePeersProven;

    public SimulatedCluster(SimulatedWorld world, Swarm swarm)
    {
        _world = world;
        _swarm = swarm;
        _random = SeededRandom.Stream(world.Seed, "cluster");
        _arePeersProven = SeededRandom.Stream(world.Seed, "proven peers").Chance(0.5);
        _codec = RaftSerialization.CodecOf(world.System);
        _configuration = new Configuration([.. Enumerable.Range(1, swarm.Servers).Select(number => new Server(
            IdOf(number), $"akka.tcp://raft@n{number}:4053",
            number > swarm.Servers - swarm.Nonvoters ? Suffrage.Nonvoter : Suffrage.Voter))]);
        Network = new SimulatedNetwork(world)
        {
            Faults = swarm.Network,
            Said = (server, message, asker) => Rules!.CheckSaid(server, message, asker),
            Crash = Crash,
        };
        for (var number = 1; number <= swarm.AllServers; number++)
        {
            Servers.Add(NewServer(IdOf(number)));
        }

        Rules = new RaftRules(world, Servers, swarm.Settings);
        world.Stepped = OnStepped;
    }

    public List<SimulatedServer> Servers { get; } = [];

    public SimulatedNetwork Network { get; }

    public RaftRules Rules { get; }

    /// <summary>The configuration that the group begins with.</summary>
    public Configuration Configuration => _configuration;

    /// <summary>A server that leads now, if one does.</summary>
    public SimulatedServer? Leader => Servers.Find(static server => Observe(server) is { Role: RaftRole.Leader });

    /// <summary>A member that runs elsewhere than the group's committed configuration says, if one does.</summary>
    public SimulatedServer? Misplaced => Servers.Find(server =>
        (Rules.Configuration.IsEmpty ? _configuration : Rules.Configuration).Find(server.Id) is { } member
            && member.Address != server.Address);

    /// <summary>
    /// Whether the group can do without any one server until it knows where that server is: every member has the committed
    /// configuration on its disk. One that is down may come back with an older one, and find nobody.
    /// </summary>
    public bool MayMove => Misplaced is null && Rules.Configuration.Voters.Length > 2 && Servers.TrueForAll(server =>
        Observe(server) is { } state
            ? state.Configuration.IsEmpty
                || (state.Configuration.Equals(Rules.Configuration) && state.DurableIndex >= Rules.ConfigurationIndex)
            : !Rules.Configuration.Contains(server.Id));

    /// <summary>Whether every member has applied all that is committed, and has nothing under way.</summary>
    public bool IsAtRest => Servers.TrueForAll(server =>
        !Rules.Configuration.Contains(server.Id)
            || Observe(server) is { InFlight: 0 } state && state.LastApplied == Rules.Committed);

    public int Crashes { get; private set; }

    public int Starts { get; private set; }

    /// <summary>
    /// No server that dies by itself stays down for longer: a write that was begun before the faults end may still kill it
    /// (seed 95001802).
    /// </summary>
    public TimeSpan LongestDowntime { get; set; } = TimeSpan.MaxValue;

    /// <summary>How often a state machine throws: for each command that it applies.</summary>
    public double StateMachineFaultRate { get; set; }

    public static ServerId IdOf(int number) => new($"n{number}");

    public SimulatedServer Server(ServerId id) =>
        Servers.Find(server => server.Id == id) ?? throw new ArgumentException($"there is no server {id}", nameof(id));

    public void StartAll()
    {
        foreach (var server in Servers)
        {
            Start(server);
        }
    }

    public void Start(SimulatedServer server)
    {
        if (server.IsUp)
        {
            return;
        }

        Starts++;
        var life = new Life($"{server.Id}-{++server.Lives}", server.ClockRate, server.ClockOffset);
        server.Life = life;
        if (_swarm.IsUpgraded)
        {
            server.SupportedVersion += SeededRandom.Stream(_world.Seed, $"{life.Name} is upgraded").Pick(0, 0, 1);
        }

        var version = server.SupportedVersion;
        _world.Begin(life);
        JournalDisks.Of(_world.System).Attach(life, server.Disk);
        _world.Note(life, "starts");
        var environment = new RaftEnvironment(
            _swarm.Settings with
            {
                Group = Group,
                ServerId = server.Id,
                AcceptRemoteShutdown = true,
                InitialConfiguration = !_swarm.IsFounded && _configuration.Contains(server.Id)
                    ? _configuration
                    : Configuration.Empty,
            },
            Network.ResolverOf(server, life),
            () => NewStateMachine(server, life, version),
            _codec,
            SeededRandom.Stream(_world.Seed, life.Name).Next(int.MaxValue))
        {
            Observer = node => life.Node = node,
            Software = "simulated",
            ArePeersProven = _arePeersProven,
        };
        var identities = SeededRandom.Stream(_world.Seed, $"{life.Name} identities");
        environment = environment with { NewIdentity = () => new UInt128(identities.NextBits(), identities.NextBits()) };
        var supervisor = _world.System.ActorOf(RaftSupervisor.Props(environment), life.Name);
        _world.Paths.Add(life, supervisor.Path);
        _supervisors[life] = supervisor;
    }

    public void Crash(Life life)
    {
        if (Servers.Find(server => server.Life == life) is { } server)
        {
            Crash(server);
        }
    }

    /// <summary>Kills a server; it starts again by itself, if no time is named after one that the seed decides.</summary>
    public void Crash(SimulatedServer server, TimeSpan? down = null)
    {
        if (!server.IsUp)
        {
            return;
        }

        Crashes++;
        _world.Note(server.Life!, "crashes");
        End(server);
        var drawn = _swarm.DrawDowntime(SeededRandom.Stream(_world.Seed, $"{server.Life!.Name} is down"));
        RestartAfter(server, down ?? (drawn < LongestDowntime ? drawn : LongestDowntime));
    }

    /// <summary>Asks a server to stop in good order, and kills it if it takes too long.</summary>
    public void ShutDown(SimulatedServer server, TimeSpan down)
    {
        if (server.Life is not { IsAlive: true } life)
        {
            return;
        }

        _world.Note(life, "is asked to shut down");
        var client = new ClientRef(_world, Network, "operator", _ => Finish());
        Network.Tell(life, new Shutdown(), client);
        _world.Schedule(TimeSpan.FromSeconds(6), null, Finish);

        void Finish()
        {
            if (life.IsAlive && server.Life == life)
            {
                _world.Note(life, "has shut down");
                End(server);
                RestartAfter(server, down);
            }
        }
    }

    /// <summary>An operator asks a server for something. What was changed must be committed.</summary>
    public void Ask(SimulatedServer server, IRaftRequest request)
    {
        var client = new ClientRef(_world, Network, "operator", answer =>
        {
            if (_world.Trace.KeepsText)
            {
                _world.Trace.Line(_world.Now, "operator", $"<- {answer}");
            }

            if (answer is ConfigurationChanged changed)
            {
                Rules.CheckChanged(changed);
            }
            else if (answer is BootstrapPledged pledged)
            {
                Rules.CheckPledged(pledged);
            }
        });
        Network.Request(server, request, client, static _ => { });
    }

    /// <summary>An operator sees to it, now and again and without end, that the group knows where its servers are.</summary>
    public void KeepAddresses()
    {
        if (Misplaced is { } misplaced && Leader is { } leader)
        {
            Ask(leader, new AddNonvoter(misplaced.Id, misplaced.Address));
        }

        _world.Schedule(TimeSpan.FromSeconds(1), null, KeepAddresses);
    }

    /// <summary>
    /// An operator sees to it, now and again and without end, that a server that came to a group of a later version gets the
    /// software that supports it.
    /// </summary>
    public void KeepUpgraded()
    {
        foreach (var server in Servers)
        {
            if (Observe(server) is { Configuration.StateMachineVersion: var version } && version > server.SupportedVersion)
            {
                server.SupportedVersion = version;
                Crash(server, TimeSpan.FromMilliseconds(50));
            }
        }

        _world.Schedule(TimeSpan.FromSeconds(5), null, KeepUpgraded);
    }

    /// <summary>Asks a server for a snapshot, as an operator would.</summary>
    public void TakeSnapshot(SimulatedServer server)
    {
        if (server.Life is { IsAlive: true } life)
        {
            _world.Note(life, "is asked for a snapshot");
            Network.Tell(life, new TakeSnapshot(), new ClientRef(_world, Network, "operator", static _ => { }));
        }
    }

    /// <summary>What a server's node looks like now; null while it is down or reads its journal.</summary>
    public static NodeObservation? Observe(SimulatedServer server) =>
        server.Life is { IsAlive: true, Node: { } node } && node.Observe() is { Role: not RaftRole.Recovering } observation
            ? observation
            : null;

    /// <summary>The server that a client goes to: mostly the one that was named to it, otherwise any server.</summary>
    public SimulatedServer ServerFor(ServerId hint, double followsHintRate, SeededRandom random)
    {
        var hinted = Servers.Find(server => server.Id == hint);
        if (hinted is not null && random.Chance(followsHintRate))
        {
            return hinted;
        }

        // Servers that were removed or never added have nothing to say, and a session of a second is over before all were asked.
        var members = Servers.FindAll(server => Rules.Configuration.Contains(server.Id));
        var candidates = members.Count > 0 && random.Chance(0.9) ? members : Servers;
        return candidates[random.Next(candidates.Count)];
    }

    private void End(SimulatedServer server)
    {
        _world.End(server.Life!);

        // It would be sent the system's dead letters for ever.
        _world.System.EventStream.Unsubscribe(_supervisors[server.Life!]);
        server.Disk.OnCrash();
        Rules.CheckCommittedIsHeld($"the crash of {server.Life}");
    }

    private void RestartAfter(SimulatedServer server, TimeSpan down)
    {
        server.DownUntil = _world.Now + down.Ticks;
        _world.Schedule(down, null, () =>
        {
            if (server.DownUntil <= _world.Now)
            {
                Start(server);
            }
        });
    }

    private RegisterMachine NewStateMachine(SimulatedServer server, Life life, int version)
    {
        Rules.StateMachineBegins(life);
        return server.StateMachine = new RegisterMachine(
            (in command) =>
            {
                if (_random.Chance(StateMachineFaultRate))
                {
                    throw new SimulatedFaultException("the state machine throws");
                }

                Rules.CheckApplied(server, life, in command);
                Rules.CheckVersion(server, version, in command);
            },
            (index, restored, digest) => Rules.CheckState(server, index, restored, digest),
            (index, restored, digest) =>
            {
                Rules.CheckRestored(server, life, index, restored, digest);
                Rules.CheckRestoredVersion(server, version, index);
            },
            (index, restored, registers, digest) => Rules.CheckReplaced(server, index, restored, registers, digest))
        {
            SupportedVersion = version,
            TakesPoison = () => server.TakesPoison,
        };
    }

    private SimulatedServer NewServer(ServerId id)
    {
        var server = new SimulatedServer(id, 1 + ((_random.Fraction() - 0.5) * 2 * _swarm.ClockDrift))
        {
            ClockOffset = _random.Between(TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5)),
        };
        server.Mount(NewDisk(server, _swarm.Disk), _world.Now);
        Network.Add(server);
        return server;
    }

    private SimulatedDisk NewDisk(SimulatedServer server, DiskFaults faults, bool isForeign = false)
    {
        var name = server.Disks == 0 ? server.Id.Value : $"{server.Id} ({server.Disks + 1})";
        SimulatedDisk? disk = null;
        disk = new SimulatedDisk(_world, name)
        {
            Faults = faults,
            IsForeign = isForeign,
            WritesMayComeLate = _swarm.WritesMayComeLate,
            Crash = Crash,
            BecomesDurable = change =>
            {
                if (server.Disk == disk && !isForeign)
                {
                    Rules.CheckBecomesDurable(server, change);
                }
            },
            Snapshots = new SimulatedSnapshots(_world, name),
            CommittedUpTo = index => Rules.CommittedUpTo(index),
        };
        return disk;
    }

    /// <summary>A server dies and its disk with it: it comes back with an empty one.</summary>
    public void LoseDisk(SimulatedServer server, TimeSpan down) => ReplaceDisk(server, down, NewDisk(server, server.Disk.Faults));

    /// <summary>A server dies and comes back with the disk that it had before the present one.</summary>
    public void ReturnDisk(SimulatedServer server, TimeSpan down)
    {
        if (server.EarlierDisk is { } earlier)
        {
            ReplaceDisk(server, down, earlier);
        }
    }

    /// <summary>
    /// A server dies and comes back with the data of another group of the same name and servers, with an identity or from
    /// before there were any.
    /// </summary>
    public void MountForeignDisk(SimulatedServer server, TimeSpan down, bool isIdentified)
    {
        var disk = NewDisk(server, server.Disk.Faults, isForeign: true);
        var servers = _configuration.Servers.Select(
            member => member with { Journal = isIdentified ? new JournalIdentity(0xF000 + (ulong)member.Id.Value[1]) : default });
        var foreign = new Configuration([.. servers], isIdentified ? new GroupIdentity(0xF0) : default);
        disk.BeginWith(ForeignGroup.Events(foreign, server.Id, isIdentified));
        ReplaceDisk(server, down, disk);
    }

    private void ReplaceDisk(SimulatedServer server, TimeSpan down, SimulatedDisk disk)
    {
        if (server.IsUp)
        {
            Crash(server, down);
        }
        else
        {
            RestartAfter(server, down);
        }

        disk.FailingUntil = 0;
        disk.Stall(0);
        server.Mount(disk, _world.Now);
    }

    /// <summary>
    /// Whether the group can bear the loss of a server's disk, as the docs allow it: the server does not vote and is not
    /// being made a voter, or it is one of three voters or more, each of which has the journal that the group knows, and no
    /// change of the configuration is under way. Nor is it borne beside damaged snapshots: that is a second disk.
    /// </summary>
    public bool MayLoseDisk(SimulatedServer server)
    {
        var committed = Rules.Configuration;
        if (committed.IsEmpty
            || server.Disk.IsForeign
            || IsLastOfList(server)
            || Servers.Exists(static other => other.Disk.Snapshots.WasDamaged))
        {
            return false;
        }

        return committed.IsVoter(server.Id) ? committed.Voters.Length > 2 && MayMove && !HasLostDisk : !MayBePromoted(server);
    }

    /// <summary>
    /// Whether nobody else whom the lists name has data: they would begin another group (docs/operations.md says to keep the
    /// lists up to date; seed 731008252).
    /// </summary>
    private bool IsLastOfList(SimulatedServer server) => _configuration.Voters.Contains(server.Id)
        && !_configuration.Voters.Any(listed => listed != server.Id && Server(listed).Disk.Durable.LastIndex > 0);

    /// <summary>
    /// Whether a change that makes a server a voter may be under way: it is one already for whoever has that entry (seed
    /// 730000439).
    /// </summary>
    private bool MayBePromoted(SimulatedServer server) => Servers.Exists(other =>
        Rules.Configuration.Contains(other.Id) && (Observe(other) is not { } state || state.Configuration.IsVoter(server.Id)));

    /// <summary>Whether a voter's disk was lost, and it has not got its vote back.</summary>
    public bool HasLostDisk => Rules.Configuration.Servers.Any(member =>
        member.RegainsVote || (member.Suffrage == Suffrage.Voter && Server(member.Id).Disk.Durable.Journal != member.Journal));

    private void OnStepped(Life life, string path)
    {
        if (path.EndsWith("/node", StringComparison.Ordinal) && life.Node is { } node)
        {
            Rules.CheckStep(Servers.Find(server => server.Life == life)!, life, node);
        }
    }
}
