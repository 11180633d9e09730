using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Watching;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// The base of TestKit-driven tests: a group of servers n1 to n7 in one actor system, each with its own supervisor,
/// journal and state machine, joined by a <see cref="TestNetwork"/>. Real time, with timeouts a few times shorter than the
/// defaults.
/// </summary>
public abstract class ClusterTest : TestKit
{
    private volatile ImmutableSortedDictionary<string, TestServer> _servers =
        ImmutableSortedDictionary.Create<string, TestServer>(StringComparer.Ordinal);
    private int _markers;

    protected ClusterTest(ITestOutputHelper output)
        : base(Configuration(), "raft-test", output)
    {
        _ = RaftExtension.Get(Sys);
        Network = new TestNetwork(Sys);
    }

    protected TestNetwork Network { get; }

    protected ImmutableArray<TestServer> Servers => [.. _servers.Values];

    protected TestServer this[int number] => _servers[Id(number).Value];

    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether the network proves who sends a message, as it does with certificates.</summary>
    protected virtual bool ArePeersProven => false;

    protected static ServerId Id(int number) => new($"n{number}");

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(object? result) => result switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        ReadOnlyMemory<byte> bytes => Encoding.UTF8.GetString(bytes.Span),
        _ => throw new InvalidOperationException($"not bytes: {result}"),
    };

    /// <summary>
    /// The settings of a server in a group of some size: fast enough for a test, slow enough for a busy machine.
    /// </summary>
    protected virtual RaftSettings SettingsOf(int number, int size) => new()
    {
        Group = "test",
        ServerId = Id(number),
        InitialConfiguration = ConfigurationOf(size),
        HeartbeatTimeout = TimeSpan.FromMilliseconds(700),
        ElectionTimeout = TimeSpan.FromMilliseconds(700),
        LeaderLeaseTimeout = TimeSpan.FromMilliseconds(700),
        CommitTimeout = TimeSpan.FromMilliseconds(10),
        Replication = new ReplicationSettings
        {
            ResponseTimeout = TimeSpan.FromMilliseconds(400),
            MaxBackoff = TimeSpan.FromMilliseconds(200),
        },
        Journal = new JournalSettings { Plugin = $"test-journal.n{number}", StallTimeout = TimeSpan.FromSeconds(1) },
        RestartMinBackoff = TimeSpan.FromMilliseconds(100),
        RestartMaxBackoff = TimeSpan.FromMilliseconds(500),
    };

    protected static Configuration ConfigurationOf(int size) => new(
        [.. Enumerable.Range(1, size).Select(number => new Server(Id(number), $"akka.test://raft@n{number}:1"))]);

    /// <summary>Starts servers 1 to <paramref name="size"/>.</summary>
    protected void StartCluster(int size)
    {
        for (var number = 1; number <= size; number++)
        {
            StartServer(SettingsOf(number, size));
        }
    }

    /// <summary>Starts a server, or starts it again after <see cref="StopAsync"/>; its journal is as it was.</summary>
    protected TestServer StartServer(RaftSettings settings, PayloadCodec? codec = null)
    {
        var applied = new ConcurrentQueue<string>();
        var environment = new RaftEnvironment(
            settings,
            Network.ResolverOf(settings.ServerId),
            () =>
            {
                applied.Clear();
                return StateMachineOf(settings.ServerId, applied);
            },
            codec ?? RaftSerialization.CodecOf(Sys),
            settings.ServerId.GetHashCode())
        {
            Changes = ChangesOf(settings.ServerId),
            ArePeersProven = ArePeersProven,
        };
        var supervisor = Sys.ActorOf(RaftSupervisor.Props(environment));
        Network.Attach(settings.ServerId, new NodeOf(supervisor, Sys));
        var server = new TestServer(settings, supervisor, applied, FaultyJournal.Control.Of(Sys, settings.ServerId.Value))
        {
            Snapshots = TestSnapshotStore.Control.Of(Sys, settings.ServerId.Value),
        };
        _servers = _servers.SetItem(settings.ServerId.Value, server);
        return server;
    }

    /// <summary>Writes a server's journal: its term, its vote and its log.</summary>
    protected async Task SeedJournal(int number, long term, ServerId votedFor, ImmutableArray<LogEntry> entries)
    {
        var settings = SettingsOf(number, 1);
        var events = entries.Chunk(512)
            .Select(IJournalEvent (chunk) => new EntriesAppended([.. chunk]))
            .Prepend(new HardStateChanged(term, votedFor))
            .ToImmutableArray();
        var seed = Sys.ActorOf(Props.Create(() => new JournalSeed(settings.PersistenceId, settings.Journal.Plugin)));
        await seed.Ask<JournalSeed.Done>(events, TimeSpan.FromSeconds(20));
        await WatchAsync(seed);
        Sys.Stop(seed);
        await ExpectTerminatedAsync(seed, TimeSpan.FromSeconds(20));
    }

    /// <summary>
    /// Starts a server of a group that has begun, of which the others do not run: its journal holds the first entry.
    /// </summary>
    protected async Task<TestServer> StartAlone(RaftSettings settings, int size)
    {
        await SeedJournal(NumberOf(settings.ServerId), 1, default, [LogBuilder.ConfigurationEntry(1, 1, ConfigurationOf(size))]);
        var server = StartServer(settings);
        await Eventually(async () => Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus())));
        return server;
    }

    protected static int NumberOf(ServerId id) => int.Parse(id.Value[1..], CultureInfo.InvariantCulture);

    /// <summary>The header of what another server says to this one, as one of the same group.</summary>
    protected async Task<PeerHeader> HeaderTo(TestServer receiver, ServerId from, long term)
    {
        var known = await StatusOf(receiver);
        return new PeerHeader(ProtocolVersion.Current, "test", from, receiver.Id, term)
        {
            Identity = new PeerIdentity(known.Identity, known.Configuration.Find(from)?.Journal ?? default, known.Journal),
        };
    }

    /// <summary>Makes a server's state machine, at each life of its node.</summary>
    protected virtual IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) =>
        new RecordingStateMachine(applied);

    /// <summary>Makes what a server's state machines tell their changes to, if they do.</summary>
    protected virtual ChangeFeed? ChangesOf(ServerId server) => null;

    /// <summary>Kills a server at once: what is in its mailboxes is lost, and so is what is not in the journal.</summary>
    protected Task StopAsync(TestServer server)
    {
        Sys.Stop(server.Supervisor);
        return GoneAsync(server);
    }

    /// <summary>Waits until a server's supervisor, and with it all of its actors, have ended.</summary>
    protected async Task GoneAsync(TestServer server)
    {
        var probe = CreateTestProbe();
        await probe.WatchAsync(server.Supervisor);
        await probe.ExpectTerminatedAsync(server.Supervisor, Patience);
        _servers = _servers.Remove(server.Id.Value);
        server.SetGone();
    }

    protected Task<T> Ask<T>(TestServer server, IRaftRequest request) => server.Supervisor.Ask<T>(request, Patience);

    protected Task<RaftStatus> StatusOf(TestServer server) => Ask<RaftStatus>(server, new GetStatus());

    protected async Task<Applied> Apply(TestServer server, string command) =>
        Assert.IsType<Applied>(await Ask<object>(server, new Apply(Bytes(command))));

    /// <summary>Sends a command by Tell, from a sender of its own that keeps every answer.</summary>
    protected Inquiry Send(TestServer server, string command, IRaftRequest? request = null)
    {
        var inquiry = new Inquiry(Sys, server, command);
        server.Supervisor.Tell(request ?? new Apply(Bytes(command)), inquiry);
        return inquiry;
    }

    /// <summary>Sends a message straight to a server's node, as a peer would.</summary>
    protected void TellNode(TestServer server, object message, IActorRef sender) =>
        Sys.ActorSelection(server.Supervisor.Path / RaftSupervisor.NodeName).Tell(message, sender);

    protected TestLoad StartLoad(int writers = 4) => new(Sys, () => Servers, writers);

    /// <summary>Waits for an answer, with patience.</summary>
    protected static Task<object> AnswerTo(Inquiry inquiry) => inquiry.Answer.WaitAsync(Patience);

    /// <summary>
    /// Has a last command applied everywhere, and returns what the state machines then hold: the same on each, nothing twice.
    /// </summary>
    protected async Task<string[]> Settled()
    {
        var marker = string.Empty;
        await Eventually(async () =>
        {
            var leader = Servers[_markers % Servers.Length];
            marker = $"settled-{++_markers}";
            Assert.IsType<Applied>(await Ask<object>(leader, new Apply(Bytes(marker))));
        });
        string[] first = [];
        await Eventually(() =>
        {
            first = [.. Servers[0].Applied];
            Assert.Equal(marker, first.LastOrDefault());
            Assert.All(Servers, server => Assert.Equal(first, server.Applied.AsEnumerable()));
            return Task.CompletedTask;
        });
        Assert.Equal(first.Length, first.Distinct().Count());
        return first;
    }

    /// <summary>
    /// Holds what clients were told against what the servers hold: what was acknowledged is there once, what was said
    /// not to be done is not there, and nobody was told two things.
    /// </summary>
    protected async Task EveryAnswerIsTrue(IReadOnlyCollection<Inquiry> inquiries)
    {
        var applied = (await Settled()).ToHashSet();
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Answers.Length > 1);
        Assert.DoesNotContain(inquiries, inquiry => inquiry.Outcome == Outcome.Done && !applied.Contains(inquiry.Command));
        Assert.DoesNotContain(inquiries, inquiry => inquiry.Outcome == Outcome.NotDone && applied.Contains(inquiry.Command));
    }

    /// <summary>Waits until one of the servers leads and a quorum confirms it, and returns it.</summary>
    protected async Task<TestServer> LeaderAmong(params TestServer[] servers)
    {
        TestServer? leader = null;
        await Eventually(async () =>
        {
            leader = null;
            foreach (var server in servers)
            {
                if (await Ask<object>(server, new VerifyLeader()) is LeaderVerified)
                {
                    leader = server;
                }
            }

            Assert.NotNull(leader);
        });
        return leader!;
    }

    protected Task<TestServer> Leader() => LeaderAmong([.. Servers]);

    /// <summary>Waits until an assertion holds. Every wait in a test is one for a condition, with ample time.</summary>
    protected Task Eventually(Func<Task> assertion) =>
        AwaitAssertAsync(assertion, Patience, TimeSpan.FromMilliseconds(20));

    /// <summary>Waits until every server has applied exactly these commands, in this order.</summary>
    protected Task EveryoneApplied(params string[] commands) => Eventually(() =>
    {
        foreach (var server in _servers.Values)
        {
            Assert.Equal(commands, server.Applied);
        }

        return Task.CompletedTask;
    });

    private static string Configuration() => string.Concat(Enumerable.Range(1, 7).Select(static number =>
        FaultyJournal.Control.PluginConfig($"n{number}") + TestSnapshotStore.Control.PluginConfig($"n{number}"))) + """
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          log-dead-letters = off
          test.single-expect-default = 20s
          scheduler.implementation = "Raft.Actors.Hosting.DedicatedThreadScheduler, Raft.Actors"
          persistence.max-concurrent-recoveries = 50
        }
        """;

    /// <summary>A supervisor's node, whichever is its present one.</summary>
    private sealed class NodeOf(IActorRef supervisor, ActorSystem system) : MinimalActorRef
    {
        private readonly ActorSelection _node = system.ActorSelection(supervisor.Path / RaftSupervisor.NodeName);

        public override ActorPath Path { get; } = supervisor.Path / RaftSupervisor.NodeName;

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object message, IActorRef sender) => _node.Tell(message, sender);
    }
}

/// <summary>A running server of a <see cref="ClusterTest"/>.</summary>
public sealed class TestServer(
    RaftSettings settings, IActorRef supervisor, ConcurrentQueue<string> applied, FaultyJournal.Control journal)
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServerId Id => settings.ServerId;

    /// <summary>Completes when the server was killed or has shut down.</summary>
    public Task Gone => _gone.Task;

    public RaftSettings Settings => settings;

    public IActorRef Supervisor => supervisor;

    public FaultyJournal.Control Journal => journal;

    public required TestSnapshotStore.Control Snapshots { get; init; }

    /// <summary>What the present state machine has applied, without the indexes.</summary>
    public ImmutableArray<string> Applied =>
        [.. applied.Select(static line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..])];

    internal void SetGone() => _gone.TrySetResult();
}
