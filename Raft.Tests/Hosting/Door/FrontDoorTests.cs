using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Raft.Actors.Hosting;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Door;

/// <summary>What a stranger sends to a server over the real Akka.Remote, and what becomes of it.</summary>
public sealed class FrontDoorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string MarkerName = $"{typeof(Marker).FullName}, {typeof(Marker).Assembly.GetName().Name}";

    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly string _address = $"akka.tcp://raft@127.0.0.1:{HostCluster.FreePorts(1)[0]}";
    private ActorSystem? _server;
    private ActorSystem _stranger = null!;

    /// <summary>What a stranger may send, by name.</summary>
    public static TheoryData<string> Hostile => [.. Attacks.Keys];

    private static Dictionary<string, Action<FrontDoorTests>> Attacks { get; } = new()
    {
        ["any type, to nobody"] = static test => test.To("/user/nobody").Tell(Forgery.Json(MarkerName)),
        ["any type, to the supervisor"] = static test => test.To("/user/raft-g").Tell(Forgery.Json(MarkerName)),
        ["any type, to a selection"] = static test => test.Selected("/user/raft-g").Tell(Forgery.Json(MarkerName)),
        ["any type, in an Identify"] = static test =>
            test.To("/user/raft-g").Tell(new Forgery(16, "ID", Forgery.Json(MarkerName).AsField())),
        ["the node's own word, as JSON"] = static test =>
            test.To("/user/raft-g").Tell(Forgery.Json("Raft.Actors.Node.NodeFailed, Raft.Actors", ",\"Reason\":\"no\"")),
        ["an actor, deployed from afar"] = static test => _ = test._stranger.ActorOf(
            Props.Create(static () => new MarkerActor()).WithDeploy(new Deploy(new RemoteScope(Address.Parse(test._address))))),
        ["poison"] = static test => test.To("/user/raft-g").Tell(PoisonPill.Instance),
        ["poison, to a selection"] = static test => test.Selected("/user/raft-g").Tell(PoisonPill.Instance),
        ["poison, to the node"] = static test => test.Selected("/user/raft-g/*").Tell(PoisonPill.Instance),
        ["kill"] = static test => test.To("/user/raft-g").Tell(Kill.Instance),
        ["a stop"] = static test => ((IInternalActorRef)test.To("/user/raft-g")).Stop(),
    };

    public Task InitializeAsync()
    {
        _stranger = ActorSystem.Create("stranger", ConfigurationFactory.ParseString(Forgery.Hocon + """
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            }
            """));
        _ = RaftExtension.Get(_stranger);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stranger.Terminate();
        if (_server is { } server)
        {
            await server.Terminate();
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Nothing_is_made_of_it_and_the_server_goes_on(string attack)
    {
        await StartAsync();
        var (made, deployed) = (Marker.Made, MarkerActor.Made);
        for (var time = 0; time < 50; time++)
        {
            Attacks[attack](this);
        }

        // On the same connection, behind all of it; and once more, for what works on in the background.
        await ServesAsync();
        await ServesAsync();
        Assert.Equal((made, deployed), (Marker.Made, MarkerActor.Made));
        Assert.Contains(_warnings, static line => line.Contains("refused a message from", StringComparison.Ordinal));
        Assert.InRange(_warnings.Count, 1, 2);
    }

    /// <summary>What the tests above rest on: without the door the very same is read.</summary>
    [Fact]
    public async Task Without_the_door_any_type_is_made()
    {
        await StartAsync("enabled = off");
        await MadeAsync();
    }

    [Fact]
    public async Task An_application_opens_what_it_needs()
    {
        await StartAsync("serializers = [ 1 ]");
        await MadeAsync();
        Assert.Empty(_warnings);
        To("/user/raft-g").Tell(PoisonPill.Instance);
        await ServesAsync();
        Assert.Contains("serializer 16 is let in, its message 'PP' is not", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_looks_for_the_group_finds_it()
    {
        await StartAsync();
        var found = await _stranger.ActorSelection(_address + "/user/raft-g").ResolveOne(Patience);
        Assert.IsType<Applied>(await found.Ask<object>(new Apply("c"u8.ToArray()), Patience));
        Assert.Empty(_warnings);
    }

    private async Task MadeAsync()
    {
        var made = Marker.Made;
        To("/user/nobody").Tell(Forgery.Json(MarkerName));
        await ServesAsync();
        Assert.Equal(made + 1, Marker.Made);
    }

    private IActorRef To(string path) => ((ExtendedActorSystem)_stranger).Provider.ResolveActorRef(_address + path);

    private ActorSelection Selected(string path) => _stranger.ActorSelection(_address + path);

    private async Task ServesAsync() =>
        Assert.IsType<Applied>(await To("/user/raft-g").Ask<object>(new Apply("c"u8.ToArray()), Patience));

    private async Task StartAsync(string door = "")
    {
        var address = Address.Parse(_address);
        var config = ConfigurationFactory.ParseString($$"""
            raft {
              group = g
              server-id = n1
              servers = [{ id = n1, address = "{{_address}}" }]
              journal.plugin = "akka.persistence.journal.inmem"
              snapshots.plugin = none
              door { {{door}} }
            }
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = []
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{address.Port}} }
            }
            """).WithFallback(RaftRemoting.Defaults);
        var server = _server = ActorSystem.Create("raft", config);
        var listener = server.ActorOf(Props.Create(() => new Listener(_warnings)));
        server.EventStream.Subscribe(listener, typeof(Warning));
        server.EventStream.Subscribe(listener, typeof(Error));
        var raft = RaftExtension.Get(server).Start(RaftSettings.Create(config), static () => new RecordingStateMachine([]));
        while (await raft.Ask<object>(new VerifyLeader(), Patience) is not LeaderVerified)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        await ServesAsync();
        _warnings.Clear();
    }

    /// <summary>Counts what is made of it by Newtonsoft.Json, as a stand-in for what does harm when it is made.</summary>
    public sealed class Marker
    {
        private static int _made;

        public Marker() => Interlocked.Increment(ref _made);

        public static int Made => Volatile.Read(ref _made);
    }

    private sealed class MarkerActor : ReceiveActor
    {
        private static int _made;

        public MarkerActor() => Interlocked.Increment(ref _made);

        public static int Made => Volatile.Read(ref _made);
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<string> lines) => Receive<LogEvent>(line => lines.Enqueue($"{line.Message}"));
    }
}
