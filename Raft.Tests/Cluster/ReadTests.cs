using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Linearizable reads by read index (dissertation 6.4), leader verification, and stale reads.</summary>
public sealed class ReadTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task A_linearizable_read_shows_every_acknowledged_write()
    {
        StartCluster(3);
        var leader = await Leader();
        for (var number = 0; number < 100; number++)
        {
            var write = await Apply(leader, $"c{number}");
            var read = await Ask<ReadResult>(leader, new Read(Bytes("all")));
            Assert.EndsWith($"c{number}", Text(read.Result), StringComparison.Ordinal);
            Assert.True(read.Index >= write.Index);
        }
    }

    [Fact]
    public async Task Reads_share_rounds_and_write_no_entry()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var before = await StatusOf(leader);
        var writes = Servers.Select(static server => server.Journal.Writes).ToArray();

        Network.Records = static message => message is Heartbeat;
        var started = Environment.TickCount64;
        var answers = await Task.WhenAll(Enumerable.Range(0, 5000).Select(_ => Ask<ReadResult>(leader, new Read(Bytes("all")))));
        var periodic = 2 * (((Environment.TickCount64 - started) / leader.Settings.HeartbeatInterval.TotalMilliseconds) + 1);
        Assert.All(answers, answer => Assert.Equal("a", Text(answer.Result)));
        Assert.True(Network.Delivered.Count - periodic < 2 * answers.Length / 10, $"{Network.Delivered.Count} heartbeats");
        var after = await StatusOf(leader);
        Assert.Equal((before.LastLogIndex, before.CommitIndex, before.Term), (after.LastLogIndex, after.CommitIndex, after.Term));
        Assert.Equal(writes, Servers.Select(static server => server.Journal.Writes));
    }

    [Fact]
    public async Task A_deposed_leader_that_does_not_know_it_answers_no_read()
    {
        StartCluster(3);
        var old = await Leader();
        await Apply(old, "old");
        await EveryoneApplied("old");
        var others = Servers.Where(server => server != old).ToArray();
        Network.Isolate(old.Id);

        // All sent while the old leader still thinks that it leads, or after: neither may show the old value.
        var reads = new List<Inquiry>();
        var newLeader = default(TestServer);
        await Eventually(async () =>
        {
            reads.Add(Send(old, "read", new Read(Bytes("all"))));
            reads.Add(Send(old, "verify", new VerifyLeader()));
            newLeader = others.FirstOrDefault(server => server.Applied.Contains("new"));
            foreach (var other in others)
            {
                _ = await Ask<object>(other, new Apply(Bytes("new")));
            }

            Assert.NotNull(newLeader);
        });
        reads.Add(Send(old, "read", new Read(Bytes("all"))));
        foreach (var read in reads)
        {
            var answer = await AnswerTo(read);
            Assert.True(answer is LeadershipLost or NotLeader, read.ToString());
            Assert.Equal(Outcome.NotDone, read.Outcome);
        }

        Assert.Equal("old", Text((await Ask<ReadResult>(old, new Read(Bytes("all"), ReadConsistency.Stale))).Result));
    }

    [Fact]
    public async Task Before_the_leaders_first_commit_in_its_term_reads_and_verifications_wait()
    {
        StartCluster(3);
        Network.Drop(static message => message is AppendEntries);
        TestServer? leader = null;
        await Eventually(async () =>
        {
            foreach (var server in Servers)
            {
                leader = (await StatusOf(server)).Role == RaftRole.Leader ? server : leader;
            }

            Assert.NotNull(leader);
        });
        var read = Send(leader!, "read", new Read(Bytes("all")));
        var verify = Send(leader!, "verify", new VerifyLeader());

        // Heartbeats go round meanwhile: the leader is confirmed, and still does not know what is committed.
        await Eventually(async () =>
        {
            var status = await StatusOf(leader!);
            Assert.All(status.Followers, static follower => Assert.NotNull(follower.LastContact));
        });
        Assert.Empty(read.Answers);
        Assert.Empty(verify.Answers);
        Assert.Equal(0, (await StatusOf(leader!)).CommitIndex);

        Network.Heal();
        Assert.IsType<ReadResult>(await AnswerTo(read));
        Assert.True(Assert.IsType<LeaderVerified>(await AnswerTo(verify)).CommitIndex > 0);
    }

    [Fact]
    public async Task More_reads_than_may_wait_are_refused()
    {
        await StartAlone(SettingsOf(1, 3) with { Intake = new() { MaxReadsWaiting = 3 } }, 3);
        await StartAlone(SettingsOf(2, 3) with { Intake = new() { MaxReadsWaiting = 3 } }, 3);
        var leader = await Leader();
        Network.Drop(static message => message is HeartbeatResponse);
        var waiting = Enumerable.Range(0, 3).Select(_ => Send(leader, "read", new Read(Bytes("all")))).ToArray();
        var refused = await Ask<object>(leader, new VerifyLeader());
        Assert.Equal(Outcome.NotDone, Assert.IsAssignableFrom<RaftFailure>(refused).Outcome);
        Assert.True(refused is Overloaded or NotLeader, refused.ToString());
        Network.Heal();
        foreach (var read in waiting)
        {
            await AnswerTo(read);
        }
    }

    [Fact]
    public async Task Any_server_answers_a_stale_read()
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        foreach (var server in Servers)
        {
            var answer = await Ask<ReadResult>(server, new Read(Bytes("all"), ReadConsistency.Stale));
            Assert.Equal("a", Text(answer.Result));
            Assert.True(answer.Index > 0);
        }
    }
}
