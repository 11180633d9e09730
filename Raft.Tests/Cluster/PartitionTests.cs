using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>What a cut network does to a group, and that mending it is all that is ever needed.</summary>
public sealed class PartitionTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task A_minority_commits_nothing_and_loses_its_entries_when_the_network_heals()
    {
        StartCluster(5);
        var oldLeader = await Leader();
        await Apply(oldLeader, "before");
        var companion = Servers.First(server => server != oldLeader);
        var majority = Servers.Where(server => server != oldLeader && server != companion).ToArray();

        Network.Partition([oldLeader.Id, companion.Id], [.. majority.Select(server => server.Id)]);
        var lost = Ask<object>(oldLeader, new Apply(Bytes("lost")));
        var read = Ask<object>(oldLeader, new Read(Bytes("all")));
        var newLeader = await LeaderAmong(majority);
        await Apply(newLeader, "kept");

        var failure = Assert.IsType<LeadershipLost>(await lost);
        Assert.Equal(Outcome.Unknown, failure.Outcome);
        Assert.Equal(Outcome.NotDone, Assert.IsType<LeadershipLost>(await read).Outcome);
        var deposed = await StatusOf(oldLeader);
        Assert.NotEqual(RaftRole.Leader, deposed.Role);
        Assert.True(deposed.LastLogIndex >= failure.Index, "the old leader still holds the entry");
        Assert.True(deposed.CommitIndex < failure.Index, "and it is not committed");

        Network.Heal();
        await EveryoneApplied("before", "kept");
        await Eventually(async () =>
        {
            var leader = await StatusOf(newLeader);
            var healed = await StatusOf(oldLeader);
            Assert.Equal((leader.LastLogIndex, leader.LastLogTerm), (healed.LastLogIndex, healed.LastLogTerm));
        });
    }

    [Fact]
    public async Task A_minority_refuses_what_comes_after_its_leader_stepped_down()
    {
        StartCluster(3);
        var oldLeader = await Leader();
        Network.Isolate(oldLeader.Id);
        await Eventually(async () => Assert.NotEqual(RaftRole.Leader, (await StatusOf(oldLeader)).Role));

        Assert.Equal(Outcome.NotDone, Assert.IsType<NotLeader>(await Ask<object>(oldLeader, new Apply(Bytes("x")))).Outcome);
        Assert.IsType<NotLeader>(await Ask<object>(oldLeader, new VerifyLeader()));
        Assert.IsType<NotLeader>(await Ask<object>(oldLeader, new Read(Bytes("all"))));
        Assert.IsType<ReadResult>(await Ask<object>(oldLeader, new Read(Bytes("all"), ReadConsistency.Stale)));
    }

    [Fact]
    public async Task An_isolated_follower_comes_back_without_raising_the_term()
    {
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        var follower = Servers.First(server => server != leader);

        Network.Isolate(follower.Id);
        await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(follower)).Role));
        for (var i = 0; i < 10; i++)
        {
            await Apply(leader, $"c{i}");
        }

        Assert.Equal(term, (await StatusOf(follower)).Term);
        Network.Heal();
        await EveryoneApplied([.. Enumerable.Range(0, 10).Select(static number => $"c{number}")]);
        Assert.Equal(term, (await StatusOf(leader)).Term);
        Assert.Equal(RaftRole.Leader, (await StatusOf(leader)).Role);
    }

    [Fact]
    public async Task A_follower_that_hears_nothing_but_is_heard_deposes_nobody()
    {
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        var follower = Servers.First(server => server != leader);

        Network.Cut(leader.Id, follower.Id);
        await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(follower)).Role));
        await Apply(leader, "a");
        Assert.Equal(term, (await StatusOf(leader)).Term);

        Network.Heal();
        await EveryoneApplied("a");
        Assert.Equal(term, (await StatusOf(leader)).Term);
    }

    [Fact]
    public async Task A_leader_that_is_heard_but_hears_nothing_makes_way()
    {
        StartCluster(3);
        var deaf = await Leader();
        var others = Servers.Where(server => server != deaf).ToArray();
        foreach (var other in others)
        {
            Network.Cut(other.Id, deaf.Id);
        }

        var newLeader = await LeaderAmong(others);
        await Apply(newLeader, "a");
        Network.Heal();
        await EveryoneApplied("a");
    }

    [Fact]
    public async Task Each_server_isolated_in_turn_costs_no_acknowledged_command()
    {
        StartCluster(3);
        await Leader();
        var acknowledged = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            Network.Isolate(Id(number));
            var others = Servers.Where(server => server.Id != Id(number)).ToArray();
            var leader = await LeaderAmong(others);
            await Apply(leader, $"without-{number}");
            acknowledged.Add($"without-{number}");
            Network.Heal();
            await EveryoneApplied([.. acknowledged]);
        }
    }

    [Fact]
    public async Task Flapping_links_lose_nothing_and_repeat_nothing()
    {
        StartCluster(3);
        var acknowledged = new List<string>();
        for (var round = 0; round < 30; round++)
        {
            Network.Heal();
            var leader = await Leader();
            Network.Isolate(Id((round % 3) + 1));
            for (var i = 0; i < 5; i++)
            {
                var command = $"{round}.{i}";
                if (await Ask<object>(leader, new Apply(Bytes(command))) is Applied)
                {
                    acknowledged.Add(command);
                }
            }
        }

        Network.Heal();
        await Apply(await Leader(), "last");
        acknowledged.Add("last");
        await Eventually(() =>
        {
            string[] first = [.. Servers.First().Applied];
            Assert.Equal("last", first[^1]);
            Assert.All(Servers, server => Assert.Equal(first, server.Applied.AsEnumerable()));
            Assert.Equal(first.Length, first.Distinct().Count());
            Assert.Equal(acknowledged, first.Where(acknowledged.Contains));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Lost_messages_are_sent_again()
    {
        StartCluster(3);
        var leader = await Leader();
        var count = 0;
        Network.Drop(message => message is AppendEntries or AppendEntriesResponse && Interlocked.Increment(ref count) % 3 == 0);
        var commands = Enumerable.Range(0, 200).Select(static number => $"c{number}").ToArray();
        await Task.WhenAll(commands.Select(command => Apply(leader, command)));
        Network.Heal();
        await EveryoneApplied(commands);
    }
}
