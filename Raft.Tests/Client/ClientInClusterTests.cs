using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Host;
using Xunit;

namespace Raft.Tests.Client;

/// <summary>A client that finds its group by a role of Akka.Cluster.</summary>
public sealed class ClientInClusterTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("raft", ConfigurationFactory.ParseString("""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = cluster
          cluster.roles = [ store ]
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task Members_of_the_role_are_contacts_as_soon_as_there_are_any()
    {
        var leader = new LeaderInfo(3, new ServerId("n1"), null);
        _system.ActorOf(Props.Create(() => new FakeRaft(_ => leader)), "raft-kv");
        var client = RaftClient.Start(_system, new RaftClientSettings { Group = "kv", ClusterRole = "store", MaxBackoff = TimeSpan.FromMilliseconds(100) });
        var asked = client.RequestAsync<LeaderInfo>(new GetLeader(), TimeSpan.FromSeconds(20));
        var nobody = await Assert.ThrowsAsync<RaftRequestException>(() => client.RequestAsync<LeaderInfo>(new GetLeader(), TimeSpan.FromMilliseconds(200)));
        Assert.Equal(Outcome.NotDone, nobody.Outcome);
        Assert.Contains("no server of the group is known", nobody.Message, StringComparison.Ordinal);

        await Akka.Cluster.Cluster.Get(_system).JoinAsync(Akka.Cluster.Cluster.Get(_system).SelfAddress);
        Assert.Equal(leader, await asked);
    }

    [Fact]
    public async Task Members_without_the_role_are_no_contacts()
    {
        await Akka.Cluster.Cluster.Get(_system).JoinAsync(Akka.Cluster.Cluster.Get(_system).SelfAddress);
        var client = RaftClient.Start(_system, new RaftClientSettings { Group = "kv", ClusterRole = "other" });
        await Assert.ThrowsAsync<RaftRequestException>(() => client.RequestAsync<LeaderInfo>(new GetLeader(), TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public void Settings_without_any_contact_are_refused() =>
        Assert.Throws<RaftConfigurationException>(() => new RaftClientSettings { Group = "kv" }.Validate());
}
