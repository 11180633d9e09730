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
