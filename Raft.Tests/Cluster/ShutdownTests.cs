using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Shutting down in good order, and that the journal can be opened again.</summary>
public sealed class ShutdownTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task A_shutdown_answers_waiting_requests_then_its_own_and_then_ends_the_supervisor()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        Network.Drop(static message => message is AppendEntries { Entries.IsEmpty: false });
        var uncommitted = Send(leader, "uncommitted");
        await Eventually(async () => Assert.Equal(1, (await StatusOf(leader)).InFlight));

        var first = Send(leader, "shutdown", new Shutdown());
        var second = Send(leader, "shutdown", new Shutdown());
        Assert.IsType<ShutdownComplete>(await AnswerTo(first));
        Assert.IsType<ShutdownComplete>(await AnswerTo(second));
        Assert.Equal(Outcome.Unknown, Assert.IsType<ShuttingDown>(Assert.Single(uncommitted.Answers)).Outcome);
        await GoneAsync(leader);

        Network.Heal();
        StartServer(leader.Settings);
        await EveryAnswerIsTrue([uncommitted]);
        Assert.Equal("before", Servers[0].Applied[0]);
    }

    [Fact]
    public async Task A_node_that_shuts_down_takes_no_more_requests()
    {
        StartCluster(3);
        var leader = await Leader();
        leader.Journal.Break(JournalFault.Hang);
        var last = Send(leader, "last");
        var shutdown = Send(leader, "shutdown", new Shutdown());
        var late = Send(leader, "late");
        Assert.Equal(Outcome.NotDone, Assert.IsType<ShuttingDown>(await AnswerTo(late)).Outcome);
        Assert.Empty(shutdown.Answers);
        leader.Journal.Heal();
        Assert.IsType<ShutdownComplete>(await AnswerTo(shutdown));
        await GoneAsync(leader);
        StartServer(leader.Settings);
        await EveryAnswerIsTrue([last, late]);
    }

    [Fact]
    public async Task A_journal_that_hangs_does_not_keep_a_node_for_ever()
    {
        StartCluster(1);
        var leader = await Leader();
        leader.Journal.Break(JournalFault.Hang);
        var pending = Send(leader, "pending");
        Assert.IsType<ShutdownComplete>(await Ask<object>(leader, new Shutdown()));
        Assert.Equal(Outcome.Unknown, Assert.IsType<ShuttingDown>(Assert.Single(pending.Answers)).Outcome);
        await GoneAsync(leader);
        leader.Journal.Heal();
        StartServer(leader.Settings);
        await EveryAnswerIsTrue([pending]);
    }

    [Fact]
    public async Task A_node_that_is_down_or_reads_its_journal_shuts_down_too()
    {
        StartCluster(1);
        var server = await Leader();
        server.Journal.OnRead = static _ => throw new IOException("the test's disk cannot be read");
        server.Journal.Break(JournalFault.Fail);
        await AnswerTo(Send(server, "x"));
        await Eventually(async () => Assert.Contains(
            "cannot be read", Assert.IsType<Unavailable>(await Ask<object>(server, new GetStatus())).Reason, StringComparison.Ordinal));
        Assert.IsType<ShutdownComplete>(await Ask<object>(server, new Shutdown()));
        await GoneAsync(server);
    }
}
