using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Raft.Actors.Membership.Discovery;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Membership.Discovery;

/// <summary>What a discovery asks its node for, it asks for once.</summary>
public sealed class DiscoveryActorTests : TestKit
{
    private const string First = "akka.tcp://raft@127.0.0.1:1";
    private const string Second = "akka.tcp://raft@127.0.0.1:2";

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(600);

    [Fact]
    public async Task A_server_that_was_added_is_not_added_again_by_the_configuration_of_before()
    {
        var before = new Configuration([new Server(new ServerId("n1"), First, Suffrage.Voter)]);
        var node = CreateTestProbe();
        node.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            // The configuration is answered as it was: a new one is on its way.
            if (message is GetStatus)
            {
                sender.Tell(Status(RaftRole.Leader, before));
            }
            else if (message is GetConfiguration)
            {
                sender.Tell(new ConfigurationInfo(1, before, IsCommitted: true));
                node.SetAutoPilot(new DelegateAutoPilot((later, next) =>
                {
                    if (next is GetStatus)
                    {
                        later.Tell(Status(RaftRole.Leader, before));
                    }

                    return AutoPilot.KeepRunning;
                }));
            }

            return AutoPilot.KeepRunning;
        }));
        var discovery = Start(node.Ref, expect: 0);
        IsSeen(discovery, expect: 0);
        var change = await node.FishForMessageAsync<MembershipRequest>(static _ => true);
        var after = new Configuration([.. before.Servers, new Server(change.Server, Second, Suffrage.Voter)]);
        discovery.Tell(new ConfigurationChanged(2, after));
        await NeverAskedAsync<MembershipRequest>(node);
    }

    [Fact]
    public async Task A_pledge_that_comes_twice_does_not_begin_the_group_twice()
    {
        var node = CreateTestProbe();
        node.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            if (message is GetStatus)
            {
                sender.Tell(Status(RaftRole.Follower, Configuration.Empty));
            }

            return AutoPilot.KeepRunning;
        }));
        var discovery = Start(node.Ref, expect: 2);
        IsSeen(discovery, expect: 2);
        await node.FishForMessageAsync<PledgeBootstrap>(static _ => true);
        discovery.Tell(new BootstrapPledged(new ServerId("n1"), new ServerId("n1")));
        discovery.Tell(new BootstrapPledged(new ServerId("n2"), new ServerId("n1")));
        await node.FishForMessageAsync<Bootstrap>(static _ => true);
        discovery.Tell(new BootstrapPledged(new ServerId("n2"), new ServerId("n1")));
        await NeverAskedAsync<Bootstrap>(node);
    }

    private static async Task NeverAskedAsync<T>(TestProbe node)
    {
        var end = DateTime.UtcNow + Quiet;
        while (end - DateTime.UtcNow is var left && left > TimeSpan.Zero)
        {
            Assert.False(await node.ReceiveOneAsync(left) is T, $"asked for {typeof(T).Name} again");
        }
    }

    /// <summary>The other server is in sight from now on, and empty.</summary>
    private void IsSeen(IActorRef discovery, int expect) => Sys.Scheduler.ScheduleTellRepeatedly(
        TimeSpan.Zero, TimeSpan.FromMilliseconds(50), discovery,
        new ServerDescription(new ServerId("n2"), Second, expect, IsEmpty: true, Configuration.Empty), ActorRefs.NoSender);

    private static RaftStatus Status(RaftRole role, Configuration configuration) => new(
        "g", new ServerId("n1"), role, role == RaftRole.Leader ? 2 : 0, default, default, null, 1, 1, 1,
        configuration.IsEmpty ? 0 : 1, 1, 1, configuration, 0, null, []);

    private IActorRef Start(IActorRef node, int expect)
    {
        var settings = new RaftSettings
        {
            Group = "g",
            ServerId = new ServerId("n1"),
            Discovery = new DiscoverySettings
            {
                Enabled = true,
                BootstrapExpect = expect,
                Interval = TimeSpan.FromMilliseconds(150),
                StableFor = TimeSpan.FromMilliseconds(1),
            },
        };
        var view = new ClusterView(First, [new ClusterMember(First, true), new ClusterMember(Second, true)]);
        var resolver = new DiscoveredPeerResolver(new NoPeers());
        return Sys.ActorOf(DiscoveryActor.Props(new DiscoveryEnvironment(
            settings, node, () => view, resolver, static _ => { })));
    }

    private sealed class NoPeers : IPeerResolver
    {
        public IActorRef Resolve(Server server) => ActorRefs.Nobody;
    }
}
