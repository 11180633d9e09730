using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Membership.Discovery;

/// <summary>Servers in actor systems of their own that find one another through a real Akka.Cluster, with storage in SQLite. Nobody is told an address but the first.</summary>
public sealed class DiscoveryTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory = new();
    private readonly SortedDictionary<int, (ActorSystem System, IActorRef Raft, RaftStorage Storage)> _servers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_servers.Keys.ToArray().Select(StopAsync));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Three_form_a_group_a_fourth_joins_and_one_comes_back_elsewhere()
    {
        Start(1);
        Start(2);
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.All(_servers.Keys, number => Assert.True(StatusOf(number).Result.Configuration.IsEmpty));

        Start(3);
        await Converged("n1 n2 n3");
        await Apply(5);

        // It expects nobody, and is added as a nonvoter that becomes a voter.
        Start(4, expect: 0);
        await Converged("n1 n2 n3 n4");
        await Apply(7);

        var before = (await StatusOf(2)).Configuration.Find(new ServerId("n2"))!.Address;
        await StopAsync(2);
        Start(2);
        await Converged("n1 n2 n3 n4");
        Assert.NotEqual(before, (await StatusOf(2)).Configuration.Find(new ServerId("n2"))!.Address);
        await Apply(9);
        await Eventually(async () =>
        {
            foreach (var server in _servers.Values)
            {
                Assert.Equal(21L, ((ReadResult)await server.Raft.Ask<object>(new Read("sum", ReadConsistency.Stale), Patience)).Result);
            }
        });
    }

    [Fact]
    public async Task A_group_whose_servers_all_come_back_elsewhere_finds_itself_again()
    {
        Start(1);
        Start(2);
        Start(3);
        await Converged("n1 n2 n3");
        await Apply(5);
        foreach (var number in new[] { 1, 2, 3 })
        {
            await StopAsync(number);
        }

        Start(3);
        Start(1);
        Start(2);
        await Converged("n1 n2 n3");
        await Apply(7);
    }

    [Fact]
    public async Task Without_a_cluster_discovery_is_refused()
    {
        using var system = ActorSystem.Create("raft", "akka.stdout-loglevel = OFF");
        var settings = new RaftSettings
        {
            Group = "found",
            ServerId = new ServerId("n1"),
            Discovery = new DiscoverySettings { Enabled = true },
            Journal = new JournalSettings { Plugin = "akka.persistence.journal.inmem" },
            Snapshots = new SnapshotSettings { Plugin = SnapshotSettings.NoPlugin },
        };
        var refused = Assert.Throws<RaftConfigurationException>(() => RaftExtension.Get(system).Start(settings, static () => new Sum()));
        Assert.Contains("akka.actor.provider", refused.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    /// <summary>Starts a server at a port that it never had, and has it join the cluster of those that run.</summary>
    private void Start(int number, int expect = 3)
    {
        var config = ConfigurationFactory.ParseString($$"""
            raft {
              group = found
              server-id = n{{number}}
              storage.directory = "{{_directory.Path}}"
              discovery { enabled = on, role = raft, bootstrap-expect = {{expect}}, interval = 200ms, stable-for = 1s }
            }
            akka {
              loglevel = WARNING
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              remote.retry-gate-closed-for = 500ms
              cluster {
                roles = [raft]
                downing-provider-class = ""
                gossip-interval = 200ms
                leader-actions-interval = 200ms
                failure-detector.acceptable-heartbeat-pause = 5s
              }
            }
            """);
        var storage = RaftStorage.Open(config);
        var system = ActorSystem.Create("raft", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        var contact = _servers.Count > 0 ? Akka.Cluster.Cluster.Get(_servers.First().Value.System).SelfAddress : Akka.Cluster.Cluster.Get(system).SelfAddress;
        _servers[number] = (system, RaftExtension.Get(system).Start(RaftSettings.Create(config), static () => new Sum()), storage);
        Akka.Cluster.Cluster.Get(system).Join(contact);
    }

    private async Task StopAsync(int number)
    {
        var (system, _, storage) = _servers[number];
        _servers.Remove(number);
        await system.Terminate();
        storage.Dispose();
    }

    private Task<RaftStatus> StatusOf(int number) => _servers[number].Raft.Ask<RaftStatus>(new GetStatus(), Patience);

    /// <summary>Waits until all servers know the same leader and this configuration of voters, each at the address where it runs.</summary>
    private Task Converged(string voters) => Eventually(async () =>
    {
        var leaders = new HashSet<ServerId>();
        foreach (var (number, server) in _servers)
        {
            var status = Assert.IsType<RaftStatus>(await server.Raft.Ask<object>(new GetStatus(), Patience));
            Assert.Equal(voters, string.Join(' ', status.Configuration.Voters.Select(static id => id.Value).Order(StringComparer.Ordinal)));
            Assert.False(status.LeaderId.IsNone);
            leaders.Add(status.LeaderId);
            Assert.All(_servers, other => Assert.Equal(
                Akka.Cluster.Cluster.Get(other.Value.System).SelfAddress.ToString(), status.Configuration.Find(new ServerId($"n{other.Key}"))!.Address));
        }

        Assert.Single(leaders);
    });

    private Task Apply(long amount) => Eventually(async () =>
    {
        var answers = await Task.WhenAll(_servers.Values.Select(static server => server.Raft.Ask<object>(new VerifyLeader(), Patience)));
        var leader = _servers.Values.ElementAt(Array.FindIndex(answers, static answer => answer is LeaderVerified) is >= 0 and var place ? place : throw new Xunit.Sdk.XunitException("no leader"));
        Assert.IsType<Applied>(await leader.Raft.Ask<object>(new Apply(BitConverter.GetBytes(amount)), Patience));
    });

    private static async Task Eventually(Func<Task> assertion)
    {
        for (var patience = Task.Delay(Patience); ;)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception failure) when (failure is Xunit.Sdk.XunitException && !patience.IsCompleted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private sealed class Sum : IStateMachine
    {
        private long _sum;

        public object? Apply(in Command command) => _sum += BitConverter.ToInt64(command.Bytes.Span);

        public object? Query(object query) => _sum;

        public IStateMachineSnapshot TakeSnapshot() => new StreamSnapshot(stream => new BinaryWriter(stream).Write(_sum));

        public IStateMachineRestore BeginRestore() => new StreamRestore(stream => _sum = new BinaryReader(stream).ReadInt64());
    }
}
