using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// Reads that other servers than the leader answer, reads that rest on the leader's lease, and what becomes of reads on
/// servers that are cut off.
/// </summary>
public sealed class ReadAnywhereTests(ITestOutputHelper output) : ClusterTest(output)
{
    private bool _hasLease;

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Reads = new ReadSettings
        {
            Timeout = TimeSpan.FromSeconds(2),
            Lease = _hasLease,
            MaxClockDrift = TimeSpan.FromMilliseconds(50),
        },
    };

    [Fact]
    public async Task A_read_on_a_follower_shows_every_acknowledged_write()
    {
        StartCluster(3);
        var leader = await Leader();
        foreach (var number in Enumerable.Range(0, 50))
        {
            var write = await Apply(leader, $"c{number}");
            foreach (var follower in Servers.Where(server => server != leader))
            {
                var read = await Ask<ReadResult>(follower, new Read(Bytes("all"), ReadConsistency.Follower));
                Assert.EndsWith($"c{number}", Text(read.Result), StringComparison.Ordinal);
                Assert.True(read.Index >= write.Index);
            }
        }

        // The leader itself answers them as it answers any linearizable read.
        Assert.EndsWith(
            "c49",
            Text((await Ask<ReadResult>(leader, new Read(Bytes("all"), ReadConsistency.Follower))).Result),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_on_a_follower_share_their_questions_to_the_leader()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var follower = Servers.First(server => server != leader);
        Network.Records = static message => message is RequestReadIndex;
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5000).Select(_ => Ask<ReadResult>(follower, new Read(Bytes("all"), ReadConsistency.Follower))));
        Assert.All(answers, answer => Assert.Equal("a", Text(answer.Result)));
        Assert.InRange(Network.Delivered.Count, 1, 2500);
    }

    [Fact]
    public async Task A_read_on_a_follower_waits_until_what_it_must_show_is_applied_there()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var follower = Servers.First(server => server != leader);
        Network.Drop(message => message is AppendEntries append && append.Header.To == follower.Id);
        await Apply(leader, "b");
        var read = Send(follower, "read", new Read(Bytes("all"), ReadConsistency.Follower));
        var timedOut = Assert.IsType<ReadTimedOut>(await AnswerTo(read));
        Assert.True(timedOut.Waited >= follower.Settings.Reads.Timeout);
        Assert.Equal("a", Text((await Ask<ReadResult>(follower, new Read(Bytes("all"), ReadConsistency.Stale))).Result));

        read = Send(follower, "read", new Read(Bytes("all"), ReadConsistency.Follower));
        Network.Heal();
        Assert.Equal("a,b", Text(Assert.IsType<ReadResult>(await AnswerTo(read)).Result));
    }

    [Fact]
    public async Task A_lost_question_is_asked_again()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        var follower = Servers.First(server => server != leader);
        var lost = 0;
        Network.Drop(message => message is RequestReadIndex && Interlocked.Increment(ref lost) == 1);
        Assert.Equal("a", Text((await Ask<ReadResult>(follower, new Read(Bytes("all"), ReadConsistency.Follower))).Result));
        Assert.True(lost > 1);
    }

    [Theory]
    [InlineData(ReadConsistency.Linearizable)]
    [InlineData(ReadConsistency.Lease)]
    [InlineData(ReadConsistency.Follower)]
    [InlineData(ReadConsistency.Bounded)]
    public async Task A_read_on_a_server_that_is_cut_off_fails_and_says_so(ReadConsistency consistency)
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        foreach (var server in Servers)
        {
            Network.Isolate(server.Id);
        }

        foreach (var server in Servers)
        {
            var failure = Assert.IsAssignableFrom<RaftFailure>(
                await Ask<object>(server, new Read(Bytes("all"), consistency) { MaxStaleness = TimeSpan.Zero }));
            Assert.Equal(Outcome.NotDone, failure.Outcome);
            Assert.True(failure is NotLeader or LeadershipLost or ReadTimedOut or TooStale, failure.ToString());
        }
    }

    [Fact]
    public async Task A_leader_that_cannot_commit_gives_its_reads_up_at_their_deadline()
    {
        StartCluster(3);
        var old = await Leader();
        Network.Isolate(old.Id);
        Network.Drop(static message => message is AppendEntries);
        TestServer? leader = null;
        await Eventually(async () =>
        {
            foreach (var server in Servers.Where(server => server != old))
            {
                leader = (await StatusOf(server)).Role == RaftRole.Leader ? server : leader;
            }

            Assert.NotNull(leader);
        });

        // Its heartbeats are answered, so that it leads on, and it never learns what is committed.
        var read = Send(leader!, "read", new Read(Bytes("all")) { Timeout = TimeSpan.FromMilliseconds(300) });
        var timedOut = Assert.IsType<ReadTimedOut>(await AnswerTo(read));
        Assert.InRange(timedOut.Waited, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_read_of_bounded_staleness_is_answered_within_its_bound_and_without_asking_again()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        Network.Records = static message => message is RequestReadIndex;
        foreach (var server in Servers)
        {
            for (var number = 0; number < 100; number++)
            {
                var bound = TimeSpan.FromSeconds(30);
                var answer = await Ask<ReadResult>(
                    server, new Read(Bytes("all"), ReadConsistency.Bounded) { MaxStaleness = bound });
                Assert.Equal("a", Text(answer.Result));
                Assert.InRange(answer.Staleness!.Value, TimeSpan.Zero, bound);
            }
        }

        Assert.InRange(Network.Delivered.Count, 2, 10);
    }

    [Fact]
    public async Task A_server_that_is_cut_off_answers_bounded_reads_until_it_is_too_far_behind()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var follower = Servers.First(server => server != leader);
        var bound = TimeSpan.FromSeconds(3);
        await Ask<ReadResult>(follower, new Read(Bytes("all"), ReadConsistency.Bounded) { MaxStaleness = bound });
        Network.Isolate(follower.Id);
        var last = TimeSpan.Zero;
        await Eventually(async () =>
        {
            var answer = await Ask<object>(follower, new Read(Bytes("all"), ReadConsistency.Bounded) { MaxStaleness = bound });
            if (answer is ReadResult { Staleness: { } staleness })
            {
                Assert.InRange(staleness, last, bound);
                last = staleness;
            }

            var refused = Assert.IsType<TooStale>(answer);
            Assert.True(refused.Staleness > bound);
        });
        var bounded = new Read(Bytes("all"), ReadConsistency.Bounded) { MaxStaleness = TimeSpan.FromHours(1) };
        Assert.Equal("a", Text((await Ask<ReadResult>(follower, bounded)).Result));
    }

    [Fact]
    public async Task A_leader_with_a_lease_answers_without_a_round_and_no_longer_than_the_lease_lasts()
    {
        _hasLease = true;
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        await Ask<ReadResult>(leader, new Read(Bytes("all"), ReadConsistency.Lease));

        Network.Drop(static message => message is HeartbeatResponse);
        Assert.IsType<ReadResult>(await Ask<object>(leader, new Read(Bytes("all"), ReadConsistency.Lease)));
        Assert.IsAssignableFrom<RaftFailure>(await Ask<object>(leader, new Read(Bytes("all"))));
        Assert.IsAssignableFrom<RaftFailure>(await Ask<object>(leader, new Read(Bytes("all"), ReadConsistency.Lease)));
    }

    [Fact]
    public async Task Without_leases_a_lease_read_asks_the_group_as_any_other()
    {
        StartCluster(3);
        var leader = await Leader();
        Network.Drop(static message => message is HeartbeatResponse);
        Assert.IsAssignableFrom<RaftFailure>(await Ask<object>(leader, new Read(Bytes("all"), ReadConsistency.Lease)));
    }
}
