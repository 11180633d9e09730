using System.Text.RegularExpressions;
using Akka.Actor;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Elections among real actors: who is elected, who is left in peace, and what comes and goes with leadership.</summary>
public sealed partial class ElectionTests(ITestOutputHelper output) : ClusterTest(output)
{
    private TimeSpan _heartbeatTimeout = TimeSpan.FromMilliseconds(700);

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        HeartbeatTimeout = _heartbeatTimeout,
        ElectionTimeout = _heartbeatTimeout,
        LeaderLeaseTimeout = _heartbeatTimeout,
    };

    [Fact]
    public async Task A_follower_of_a_live_leader_refuses_its_vote_and_does_not_take_up_the_term()
    {
        // So long that a busy machine's pauses do not make the leader look dead.
        _heartbeatTimeout = TimeSpan.FromSeconds(3);
        StartCluster(3);
        var leader = await Leader();
        var follower = Servers.First(server => server != leader);
        var other = Servers.First(server => server != leader && server != follower);
        await Eventually(async () => Assert.Equal(leader.Id, (await StatusOf(follower)).LeaderId));
        var term = (await StatusOf(leader)).Term;
        foreach (var voter in new[] { follower, leader })
        {
            var probe = CreateTestProbe();
            TellNode(voter, new RequestVote(await HeaderTo(voter, other.Id, term + 10), 1000, term + 9, LeadershipTransfer: false), probe.Ref);
            var vote = await probe.ExpectMsgAsync<VoteResponse>(Patience);
            Assert.Equal((false, term), (vote.Granted, vote.Header.Term));
            TellNode(voter, new RequestPreVote(await HeaderTo(voter, other.Id, term + 10), 1000, term + 9), probe.Ref);
            Assert.False((await probe.ExpectMsgAsync<PreVoteResponse>(Patience)).Granted);
            Assert.Equal(term, (await StatusOf(voter)).Term);
        }

        Assert.Equal(RaftRole.Leader, (await StatusOf(leader)).Role);
    }

    [Fact]
    public async Task A_later_term_in_an_answer_ends_leadership_and_its_actors()
    {
        StartCluster(3);
        var leader = await Leader();
        var follower = Servers.First(server => server != leader);
        var term = (await StatusOf(leader)).Term;
        var actors = ActorsOf(leader);
        Assert.Equal(4, actors.Length);

        // The follower learns of a later term from a candidate that nobody else hears.
        Network.Isolate(follower.Id);
        await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(follower)).Role));
        var third = Servers.First(server => server != leader && server != follower);
        TellNode(follower, new RequestVote(await HeaderTo(follower, third.Id, term + 5), 0, 0, LeadershipTransfer: false), CreateTestProbe().Ref);
        await Eventually(async () => Assert.True((await StatusOf(follower)).Term >= term + 5));
        Network.Heal();
        await Eventually(async () =>
        {
            Assert.True((await StatusOf(leader)).Term >= term + 5);
            Assert.All(actors, actor => Assert.DoesNotContain(actor, ActorsOf(leader)));
        });

        // Whoever leads now has actors of its own for each follower, named after the term and a secret.
        await Eventually(async () =>
        {
            var now = await Leader();
            var (newTerm, names) = ((await StatusOf(now)).Term, ActorsOf(now));
            Assert.Equal(
                Servers.Where(server => server != now)
                    .SelectMany(server => new[] { $"heartbeat-{server.Id}-{newTerm}", $"replicator-{server.Id}-{newTerm}" })
                    .Order(StringComparer.Ordinal),
                names.Select(static name => Secret().Replace(name, "-")));
            Assert.All(Servers.Where(server => server != now), server => Assert.Empty(ActorsOf(server)));
        });
    }

    [Fact]
    public async Task Idle_followers_learn_of_a_commit_by_the_commit_timeout_and_not_by_luck()
    {
        // With the heartbeat this slow, and no second command, only the commit timeout can bring it in time.
        _heartbeatTimeout = TimeSpan.FromSeconds(8);
        StartCluster(3);
        Network.Drop(static message => message is RequestPreVote { Header.From.Value: not "n1" });
        var leader = await LeaderAmong(this[1]);
        await EveryoneApplied();
        var started = Environment.TickCount64;
        await Apply(leader, "a");
        await EveryoneApplied("a");
        Assert.True(Environment.TickCount64 - started < _heartbeatTimeout.TotalMilliseconds / 2);
        var index = (await StatusOf(leader)).CommitIndex;
        foreach (var server in Servers)
        {
            Assert.Equal(index, (await StatusOf(server)).CommitIndex);
        }
    }

    [Fact]
    public async Task Status_and_leader_are_reported_by_every_server()
    {
        StartCluster(3);
        var leader = await Leader();
        var applied = await Apply(leader, "a");
        await EveryoneApplied("a");
        await Eventually(async () =>
        {
            var status = await StatusOf(leader);
            Assert.Equal(("test", leader.Id, RaftRole.Leader), (status.Group, status.ServerId, status.Role));
            Assert.Equal((applied.Term, leader.Id, leader.Id), (status.Term, status.LeaderId, status.VotedFor));
            Assert.Equal((applied.Index, applied.Index, 1L), (status.CommitIndex, status.LastApplied, status.FirstLogIndex));
            Assert.Equal((applied.Index, applied.Term, applied.Index), (status.LastLogIndex, status.LastLogTerm, status.DurableIndex));
            Assert.Equal(ConfigurationOf(3).ToString(), status.Configuration.ToString());
            Assert.Equal(0, status.InFlight);
            Assert.Null(status.LastLeaderContact);
            Assert.Equal(Servers.Where(server => server != leader).Select(static server => server.Id), status.Followers.Select(static follower => follower.ServerId));
            Assert.All(status.Followers, follower =>
            {
                Assert.Equal((applied.Index, applied.Index + 1), (follower.MatchIndex, follower.NextIndex));
                Assert.InRange(follower.LastContact!.Value, TimeSpan.Zero, Patience);
            });
        });
        foreach (var follower in Servers.Where(server => server != leader))
        {
            var status = await StatusOf(follower);
            Assert.Equal((RaftRole.Follower, leader.Id, $"akka.test://raft@{leader.Id}:1"), (status.Role, status.LeaderId, status.LeaderAddress));
            Assert.Equal((applied.Term, applied.Index), (status.Term, status.LastLogIndex));
            Assert.InRange(status.LastLeaderContact!.Value, TimeSpan.Zero, Patience);
            Assert.Empty(status.Followers);
            Assert.Equal(new LeaderInfo(applied.Term, leader.Id, $"akka.test://raft@{leader.Id}:1"), await Ask<LeaderInfo>(follower, new GetLeader()));
        }
    }

    /// <summary>The names of a leader's actors for its followers, and of nothing else: a box for votes may still be about to go.</summary>
    private static string[] ActorsOf(TestServer server)
    {
        var supervisor = (ActorRefWithCell)server.Supervisor;
        var node = (ActorRefWithCell)supervisor.GetSingleChild(RaftSupervisor.NodeName);
        return
        [
            .. node.Children.Select(static child => child.Path.Name)
                .Where(static name => name.StartsWith("heartbeat-", StringComparison.Ordinal) || name.StartsWith("replicator-", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    [GeneratedRegex("-[0-9a-f]{16}-")]
    private static partial Regex Secret();
}
