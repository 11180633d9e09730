using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Raft.Tests.Serialization;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>
/// The library as its users have it: an actor system with real remoting, storage in SQLite, and clients near and far.
/// </summary>
public sealed class RaftExtensionTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(static system => system.Terminate()));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Several_groups_live_in_one_actor_system_each_with_its_own_log()
    {
        var config = Config();
        var storage = RaftStorage.Open(RaftStorageSettings.Create(config), new ServerId("n1"), "ledger", "locks");
        var system = Start(BootstrapSetup.Create().WithConfig(config), storage);
        var groups = new[] { "ledger", "locks" }.ToDictionary(
            static group => group,
            group => RaftExtension.Get(system).Start(Settings(group), static () => new Sum()));

        Assert.Equal(5L, await Done(groups["ledger"], new Apply(new Deposit("a", 5))));
        Assert.Equal(7L, await Done(groups["locks"], new Apply(new Deposit("a", 7))));
        Assert.Equal(6L, await Done(groups["ledger"], new Apply(new Deposit("a", 1))));
        foreach (var (group, raft) in groups)
        {
            Assert.Equal(group, (await raft.Ask<RaftStatus>(new GetStatus(), Patience)).Group);
            Assert.True(File.Exists(_directory[group, "n1", "journal.db"]));
        }
    }

    [Fact]
    public async Task A_client_in_another_process_sends_listed_types_and_is_told_of_the_others()
    {
        var config = Config();
        var storage = RaftStorage.Open(RaftStorageSettings.Create(config), new ServerId("n1"), "ledger");
        var server = Start(BootstrapSetup.Create().WithConfig(config), storage);
        _ = RaftExtension.Get(server).Start(Settings("ledger"), static () => new Sum());
        var client = ActorSystem.Create("client", Config(typeof(Unlisted)));
        _systems.Add(client);
        _ = RaftExtension.Get(client);
        var raft = client.ActorSelection(
            new RootActorPath(((ExtendedActorSystem)server).Provider.DefaultAddress) / "user" / "raft-ledger");

        Assert.Equal(5L, await Done(raft, new Apply(new Deposit("a", 5))));
        Assert.Equal(5L, Assert.IsType<ReadResult>(await raft.Ask<object>(new Read(new Deposit("a", 0)), Patience)).Result);
        var refusal = Assert.IsType<InvalidRequest>(await raft.Ask<object>(new Apply(new Unlisted("x")), Patience));
        Assert.Contains(nameof(Unlisted), refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(6L, await Done(raft, new Apply(new Deposit("a", 1))));
    }

    [Fact]
    public void A_log_in_memory_is_taken_only_when_it_is_asked_for()
    {
        var system = ActorSystem.Create("memory", Config());
        _systems.Add(system);
        var refusal = Assert.Throws<RaftConfigurationException>(
            () => RaftExtension.Get(system).Start(Settings("ledger"), static () => new Sum()));
        Assert.Contains("raft.journal.plugin", refusal.Message, StringComparison.Ordinal);
        var inMemory = Settings("ledger") with { Journal = new JournalSettings { Plugin = "akka.persistence.journal.inmem" } };
        var noSnapshots = Assert.Throws<RaftConfigurationException>(
            () => RaftExtension.Get(system).Start(inMemory, static () => new Sum()));
        Assert.Contains("raft.snapshots.plugin", noSnapshots.Message, StringComparison.Ordinal);
        Assert.NotNull(RaftExtension.Get(system).Start(
            inMemory with { Snapshots = new SnapshotSettings { Plugin = SnapshotSettings.NoPlugin } }, static () => new Sum()));
    }

    /// <summary>Akka.Remote drops what does not fit and tells nobody, and no leader would ever commit again.</summary>
    [Fact]
    public void A_frame_that_is_smaller_than_a_command_is_refused()
    {
        var system = ActorSystem.Create(
            "frames",
            ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.maximum-frame-size = 32768b").WithFallback(Config()));
        _systems.Add(system);
        var inMemory = Settings("ledger") with
        {
            Journal = new JournalSettings { Plugin = "akka.persistence.journal.inmem" },
            Snapshots = new SnapshotSettings { Plugin = SnapshotSettings.NoPlugin },
        };
        var refusal = Assert.Throws<RaftConfigurationException>(
            () => RaftExtension.Get(system).Start(inMemory, static () => new Sum()));
        Assert.Contains(
            " does not fit into akka.remote.dot-netty.tcp.maximum-frame-size = 32768", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A lone voter leads within moments of its start; until then everything is certainly not done.</summary>
    private static async Task<object?> Done(ICanTell raft, IRaftRequest request)
    {
        var answer = await raft.Ask<object>(request, Patience);
        for (var patience = Task.Delay(Patience); answer is Unavailable or NotLeader && !patience.IsCompleted;)
        {
            await Task.Yield();
            answer = await raft.Ask<object>(request, Patience);
        }

        return Assert.IsType<Applied>(answer).Result;
    }

    private ActorSystem Start(BootstrapSetup setup, RaftStorage storage)
    {
        var system = ActorSystem.Create("raft", storage.Apply(setup));
        storage.ReleaseWith(system);
        _systems.Add(system);
        return system;
    }

    private static RaftSettings Settings(string group) => new()
    {
        Group = group,
        ServerId = new ServerId("n1"),
        InitialConfiguration = new Configuration([new Server(new ServerId("n1"), "akka.tcp://raft@127.0.0.1:4053")]),
    };

    private Config Config(params Type[] more)
    {
        var types = string.Join(", ", more.Append(typeof(Deposit)).Select(static type => $"\"{type.AssemblyQualifiedName}\""));
        return ConfigurationFactory.ParseString($$"""
            raft.types = [{{types}}]
            raft.storage.directory = "{{_directory.Path}}"
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = WARNING
            """).WithFallback(RaftRemoting.Defaults);
    }

    private sealed class Sum : IStateMachine
    {
        private long _sum;

        public object? Apply(in Command command) => _sum += ((Deposit)command.Value!).Amount;

        public object? Query(object query) => query is Deposit ? _sum : throw new NotSupportedException($"{query}");

        public IStateMachineSnapshot TakeSnapshot() => throw new NotSupportedException();

        public IStateMachineRestore BeginRestore() => throw new NotSupportedException();
    }
}
