using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// Servers that crash and come back under load, at whatever moment: what was acknowledged is there, once, in one order.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task Each_server_killed_in_turn_under_load_loses_nothing_acknowledged()
    {
        StartCluster(3);
        await Leader();
        var load = StartLoad();
        for (var round = 0; round < 9; round++)
        {
            var server = this[(round % 3) + 1];
            await Progress(load);
            await StopAsync(server);
            await Progress(load);
            StartServer(server.Settings);
        }

        await EveryAnswerIsTrue(await load.StopAsync());
    }

    [Fact]
    public async Task The_leader_killed_again_and_again_under_load_loses_nothing_acknowledged()
    {
        StartCluster(5);
        var load = StartLoad();
        for (var round = 0; round < 4; round++)
        {
            var leader = await Leader();
            await Progress(load);
            await StopAsync(leader);
            await Progress(load);
            StartServer(leader.Settings);
        }

        await EveryAnswerIsTrue(await load.StopAsync());
    }

    [Fact]
    public async Task All_servers_killed_at_once_under_load_lose_nothing_acknowledged()
    {
        StartCluster(3);
        var load = StartLoad();
        for (var round = 0; round < 3; round++)
        {
            await Progress(load);
            var all = Servers;
            await Task.WhenAll(all.Select(KillAndRestart));
        }

        await EveryAnswerIsTrue(await load.StopAsync());

        Task KillAndRestart(TestServer server)
        {
            Sys.Stop(server.Supervisor);
            return Restart(server);
        }
    }

    [Fact]
    public async Task Journals_that_break_in_turn_under_load_lose_nothing_acknowledged()
    {
        StartCluster(3);
        await Leader();
        var load = StartLoad();
        var faults = new[] { JournalFault.Fail, JournalFault.FailAfterWrite, JournalFault.Reject, JournalFault.Hang };
        for (var round = 0; round < 8; round++)
        {
            var journal = this[(round % 3) + 1].Journal;
            await Progress(load);
            journal.Break(faults[round % faults.Length]);
            await Progress(load);
            journal.Heal();
        }

        var inquiries = await load.StopAsync();
        await EveryAnswerIsTrue(inquiries);
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Answers.Length != 1);
    }

    private async Task Restart(TestServer server)
    {
        var probe = CreateTestProbe();
        await probe.WatchAsync(server.Supervisor);
        await probe.ExpectTerminatedAsync(server.Supervisor, Patience);
        server.SetGone();
        StartServer(server.Settings);
    }

    /// <summary>Waits until some more commands are acknowledged, by whoever leads.</summary>
    private Task Progress(TestLoad load)
    {
        var before = load.Acknowledged;
        return Eventually(() =>
        {
            Assert.True(load.Acknowledged >= before + 50, "no progress");
            return Task.CompletedTask;
        });
    }
}
