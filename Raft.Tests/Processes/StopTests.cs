using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Pauses and orderly stops.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class StopTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_leader_that_stands_still_for_five_seconds_makes_way_and_contradicts_nobody()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);
        var paused = await cluster.LeaderAsync();
        var others = cluster.Hosts.Where(host => host != paused).ToArray();
        var term = (await paused.Client.StatusAsync())!.Term;

        var clock = Stopwatch.StartNew();
        paused.Send(Signal.Stop);
        try
        {
            var successor = await cluster.LeaderAsync(others);
            cluster.Log($"{successor.Id} leads {clock.Elapsed} after {paused.Id} was stopped");
            await load.ProgressAsync(cluster);
            var rest = TimeSpan.FromSeconds(5) - clock.Elapsed;
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }
        finally
        {
            paused.Send(Signal.Continue);
        }

        var leader = await cluster.LeaderAsync();
        Assert.True((await leader.Client.StatusAsync())!.Term > term);
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        await load.CheckListsAsync(cluster);
        cluster.Log(load.ToString());
        Assert.False(paused.HasExited);
    }

    [Fact]
    public async Task A_host_stops_cleanly_on_SIGTERM_and_has_its_data_when_it_starts_again()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);
        var leader = await cluster.LeaderAsync();
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await leader.TerminateAsync());
        cluster.Log($"the leader stopped within {clock.Elapsed}");
        await load.ProgressAsync(cluster);
        leader.Start();
        await cluster.LeaderAsync();
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));

        var exits = await Task.WhenAll(cluster.Hosts.Select(static host => host.TerminateAsync()));
        Assert.All(exits, static code => Assert.Equal(0, code));
        Assert.All(cluster.Hosts, static host => Assert.Equal(string.Empty, host.Error));
        await cluster.StartAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        cluster.Log(load.ToString());
    }
}
