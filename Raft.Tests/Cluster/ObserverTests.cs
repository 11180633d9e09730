using Akka.Actor;
using Akka.TestKit;
using Raft.Actors.Model;
using Raft.Actors.Observation;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>What observers are told (hashicorp/raft's observer.go and the observations of raft_test.go).</summary>
public sealed class ObserverTests(ITestOutputHelper output) : MembershipTest(output)
{
    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        MaxObservers = 2,
        Snapshots = new SnapshotSettings
        {
            Plugin = $"test-snapshots.n{number}",
            TrailingEntries = 0,
            Interval = TimeSpan.FromHours(1),
        },
    };

    [Fact]
    public async Task An_election_is_seen_from_the_first_state_on_and_a_late_observer_begins_with_the_present()
    {
        var server = StartEmpty(1);
        var (early, state) = await Observer(server, ObservationKinds.All);
        Assert.Equal((RaftRole.Recovering, 0L, true), (state.Role, state.Term, state.LeaderId.IsNone));
        await early.FishForMessageAsync<RoleChanged>(static seen => seen is { Role: RaftRole.Follower, Term: 0 }, Patience);
        await Ask<ConfigurationChanged>(server, new Bootstrap(ConfigurationOf(1)));

        var configuration = await early.FishForMessageAsync<MembershipChanged>(static _ => true, Patience);
        Assert.Equal((1L, false), (configuration.Index, configuration.IsCommitted));
        var leader = await early.FishForMessageAsync<LeaderChanged>(static seen => !seen.LeaderId.IsNone, Patience);
        Assert.Equal(
            (Id(1), AddressOf(1), "test", Id(1)), (leader.LeaderId, leader.LeaderAddress!, leader.Group, leader.ServerId));
        Assert.Equal(
            new RoleChanged("test", Id(1), RaftRole.Leader, leader.Term), await early.ExpectMsgAsync<RoleChanged>(Patience));
        Assert.True((await early.ExpectMsgAsync<MembershipChanged>(Patience)).IsCommitted);

        var (_, late) = await Observer(server, ObservationKinds.All);
        Assert.Equal(
            (RaftRole.Leader, leader.Term, Id(1), 1L, true),
            (late.Role, late.Term, late.LeaderId, late.ConfigurationIndex, late.IsCommitted));
    }

    [Fact]
    public async Task Followers_that_fall_silent_and_answer_again_are_told_once_each()
    {
        StartCluster(3);
        var leader = await Leader();
        var cut = Other(leader);
        var (probe, state) = await Observer(leader, ObservationKinds.Heartbeats);
        Assert.Empty(state.Silent);
        Network.Cut(leader.Id, cut.Id);
        var failed = await probe.ExpectMsgAsync<HeartbeatFailed>(Patience);
        Assert.Equal(cut.Id, failed.Follower);
        Assert.True(failed.SilentFor > leader.Settings.HeartbeatTimeout);

        var (_, late) = await Observer(leader, ObservationKinds.None);
        Assert.Equal(cut.Id, Assert.Single(late.Silent));
        Network.Heal();
        Assert.Equal(cut.Id, (await probe.ExpectMsgAsync<HeartbeatResumed>(Patience)).Follower);
    }

    [Fact]
    public async Task Changes_of_the_configuration_and_snapshots_are_told_on_both_sides()
    {
        await StartFirst();
        var leader = await Leader();
        await Apply(leader, "a");
        var (sender, _) = await Observer(leader, ObservationKinds.Snapshots | ObservationKinds.Membership);
        await Ask<SnapshotTaken>(leader, new TakeSnapshot());
        Assert.Equal(SnapshotActivity.Taking, (await sender.ExpectMsgAsync<SnapshotProgress>(Patience)).Activity);
        var taken = await sender.ExpectMsgAsync<SnapshotProgress>(Patience);
        Assert.Equal((SnapshotActivity.Taken, true), (taken.Activity, taken.Bytes > 0 && taken.BytesDone == taken.Bytes));

        // The log begins behind the snapshot: who joins is sent it.
        var (receiver, _) = await Observer(StartEmpty(2), ObservationKinds.Snapshots);
        await Change(new AddNonvoter(Id(2), AddressOf(2)));
        var members = (await sender.ExpectMsgAsync<MembershipChanged>(Patience)).Configuration.Servers
            .Select(static member => member.Suffrage == Suffrage.Voter ? $"{member.Id}" : $"{member.Id} (nonvoter)");
        Assert.Equal("n1, n2 (nonvoter)", string.Join(", ", members));
        var receiving = await receiver.ExpectMsgAsync<SnapshotProgress>(Patience);
        Assert.Equal((SnapshotActivity.Receiving, Id(1), taken.Index), (receiving.Activity, receiving.Peer, receiving.Index));
        Assert.Equal(SnapshotActivity.Installed, (await receiver.ExpectMsgAsync<SnapshotProgress>(Patience)).Activity);
        var sent = (SnapshotProgress)await sender.FishForMessageAsync(
            static seen => seen is SnapshotProgress { Activity: SnapshotActivity.Sent }, Patience);
        Assert.Equal((Id(2), taken.Index), (sent.Peer, sent.Index));
    }

    [Fact]
    public async Task A_node_that_goes_down_and_comes_back_keeps_its_observers()
    {
        StartCluster(1);
        var server = await Leader();
        var (probe, _) = await Observer(server, ObservationKinds.Roles | ObservationKinds.Leaders);
        server.Journal.Break(JournalFault.Fail);
        Assert.IsType<StorageFailed>(await Ask<object>(server, new Apply(Bytes("a"))));
        Assert.True((await probe.ExpectMsgAsync<LeaderChanged>(Patience)).LeaderId.IsNone);
        Assert.Equal(RaftRole.Recovering, (await probe.ExpectMsgAsync<RoleChanged>(Patience)).Role);
        server.Journal.Heal();
        await probe.FishForMessageAsync<RoleChanged>(static seen => seen.Role == RaftRole.Leader, Patience);
    }

    [Fact]
    public async Task Observers_are_limited_and_those_that_end_make_room()
    {
        StartCluster(1);
        var server = await Leader();
        var (first, _) = await Observer(server, ObservationKinds.All);
        var (second, _) = await Observer(server, ObservationKinds.All);
        var third = CreateTestProbe();
        server.Supervisor.Tell(new Observe(third));
        Assert.Contains(
            "raft.max-observers", (await third.ExpectMsgAsync<ObservationRefused>(Patience)).Reason, StringComparison.Ordinal);

        // One that asks again is not counted twice, and is told the present state again.
        server.Supervisor.Tell(new Observe(first, ObservationKinds.None));
        await first.ExpectMsgAsync<ObservedState>(Patience);
        server.Supervisor.Tell(new StopObserving(first));
        server.Supervisor.Tell(new Observe(third));
        await third.ExpectMsgAsync<ObservedState>(Patience);

        var fourth = CreateTestProbe();
        Sys.Stop(second);
        await Eventually(async () =>
        {
            server.Supervisor.Tell(new Observe(fourth));
            Assert.IsType<ObservedState>(await fourth.ReceiveOneAsync(TimeSpan.FromSeconds(1)));
        });
        await server.Supervisor.Ask<object>(new Shutdown(), Patience);
        await fourth.FishForMessageAsync<RoleChanged>(static seen => seen.Role == RaftRole.Recovering, Patience);
        await first.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public void An_observer_in_another_process_is_refused()
    {
        using var remote = ActorSystem.Create(
            "elsewhere",
            "akka.actor.provider = remote\nakka.remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 "
                + "}\nakka.stdout-loglevel = OFF\nakka.loglevel = OFF");
        var far = ((ExtendedActorSystem)remote).Provider.ResolveActorRef("akka.tcp://other@127.0.0.1:1/user/observer");
        var list = new ObserverList("test", Id(1), 2);
        Assert.Contains("another process", list.Add(new Observe(far)), StringComparison.Ordinal);
        Assert.Equal(0, list.Count);
    }

    private async Task<(TestProbe Probe, ObservedState State)> Observer(TestServer server, ObservationKinds kinds)
    {
        var probe = CreateTestProbe();
        server.Supervisor.Tell(new Observe(probe, kinds));
        return (probe, await probe.ExpectMsgAsync<ObservedState>(Patience));
    }
}
