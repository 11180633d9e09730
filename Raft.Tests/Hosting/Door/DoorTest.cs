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

/// <summary>A server, and a stranger who reaches it over the real Akka.Remote and can send what no client would.</summary>
/// <param name="sizes">Sizes of frames and buffers, for both.</param>
public abstract class DoorTest(string sizes = "") : IAsyncLifetime
{
    private readonly string _address = $"akka.tcp://raft@127.0.0.1:{HostCluster.FreePorts(1)[0]}";
    private readonly ConcurrentQueue<string> _lines = new();
    private ActorSystem? _server;
    private ActorSystem? _stranger;
    private IActorRef _listener = ActorRefs.Nobody;

    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    protected string ServersAddress => _address;

    protected ActorSystem StrangersSystem => _stranger!;

    protected ActorSystem ServersSystem => _server!;

    /// <summary>What the server has warned of since it serves, and before the last call of <see cref="ServesAsync"/>.</summary>
    protected IReadOnlyCollection<string> Lines => _lines;

    public Task InitializeAsync()
    {
        _stranger = Stranger.Start(Forgery.Hocon + Remote(0));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await StrangersSystem.Terminate();
        if (_server is { } server)
        {
            await server.Terminate();
        }
    }

    protected IActorRef To(string path) => ((ExtendedActorSystem)StrangersSystem).Provider.ResolveActorRef(_address + path);

    protected ActorSelection Selected(string path) => StrangersSystem.ActorSelection(_address + path);

    /// <summary>Behind all that was sent on the same connection, and behind all that the server has logged of it.</summary>
    protected async Task ServesAsync()
    {
        Assert.IsType<Applied>(await To("/user/raft-g").Ask<object>(new Apply("c"u8.ToArray()), Patience));
        await _listener.Ask<ActorIdentity>(new Identify(null), Patience);
    }

    /// <summary>Starts the server; returns what it has warned of until it serves.</summary>
    /// <param name="raft">Settings of the section <c>raft</c>.</param>
    /// <param name="more">Other settings.</param>
    protected async Task<IReadOnlyCollection<string>> StartAsync(string raft = "", string more = "")
    {
        var config = ConfigurationFactory.ParseString($$"""
            raft {
              group = g
              server-id = n1
              servers = [{ id = n1, address = "{{_address}}" }]
              journal.plugin = "akka.persistence.journal.inmem"
              snapshots.plugin = none
              {{raft}}
            }
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = []
              actor.provider = remote
            }
            {{Remote(Address.Parse(_address).Port!.Value)}}
            {{more}}
            """).WithFallback(RaftRemoting.Defaults);
        _server = ActorSystem.Create("raft", config);
        _listener = _server.ActorOf(Props.Create(() => new Listener(_lines)));
        _server.EventStream.Subscribe(_listener, typeof(Warning));
        _server.EventStream.Subscribe(_listener, typeof(Error));
        var raftActor = RaftExtension.Get(_server).Start(RaftSettings.Create(config), static () => new RecordingStateMachine([]));
        while (await raftActor.Ask<object>(new VerifyLeader(), Patience) is not LeaderVerified)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        await BeginAsync();
        var early = _lines.ToArray();
        _lines.Clear();
        return early;
    }

    /// <summary>The first message may be lost with a connection to an earlier server at the same address.</summary>
    private async Task BeginAsync()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Assert.IsType<Applied>(await To("/user/raft-g").Ask<object>(new Apply("c"u8.ToArray()), Patience / 4));
                break;
            }
            catch (AskTimeoutException) when (tries < 5)
            {
                // Once more.
            }
        }

        await ServesAsync();
    }

    private string Remote(int port) => $"akka.remote.dot-netty.tcp {{ hostname = \"127.0.0.1\"\n port = {port}\n {sizes} }}\n";

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<string> lines) => Receive<LogEvent>(line => lines.Enqueue(line.ToString()));
    }
}
