using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Cut cables between hosts in network namespaces: packets vanish, and nobody is told.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class CutNetworkTests(ITestOutputHelper output)
{
    /// <summary>What the group may take to be whole again, by the clock of a busy machine.</summary>
    private static readonly TimeSpan HealBound = TimeSpan.FromSeconds(15);

    [RootFact]
    public async Task A_leader_that_was_cut_off_for_over_a_minute_comes_back_without_a_restart()
    {
        using var network = new NamespaceNetwork();
        using var cluster = new HostCluster(output, network);
        await cluster.StartAsync();
        var processes = cluster.Hosts.Select(static host => host.ProcessId).ToArray();
        var old = await cluster.LeaderAsync();
        var others = cluster.Hosts.Where(host => host != old).ToArray();
        await using var load = new WriteLoad(others);
        await load.ProgressAsync(cluster);

        var clock = Stopwatch.StartNew();
        network.Cut(Number(old));
        var successor = await cluster.LeaderAsync(others);
        cluster.Log($"{successor.Id} leads {clock.Elapsed} after the cut");

        // The old one knows that it leads no longer, and claims nothing.
        await cluster.EventuallyAsync(async () => Assert.NotEqual("leader", (await old.Client.StatusAsync())?.Role));
        Assert.NotEqual(Known.Done, (await old.Client.PutAsync("lost", "x")).Outcome);
        Assert.Equal(Known.NotDone, (await old.Client.GetAsync("lost")).Outcome);
        Assert.Equal(503, (await old.Client.ReadyAsync()).Status);
        await load.ProgressAsync(cluster);
        await Task.Delay(TimeSpan.FromSeconds(65) - clock.Elapsed);
        await load.ProgressAsync(cluster);

        network.Heal();
        var healed = await cluster.EventuallyAsync(async () => Assert.Equal(200, (await old.Client.ReadyAsync()).Status), HealBound);
        await cluster.LeaderAsync();
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        cluster.Log($"{old.Id} follows {healed} after the healing; {load}");
        Assert.InRange(healed, TimeSpan.Zero, HealBound);
        Assert.Equal(processes, cluster.Hosts.Select(static host => host.ProcessId));
        Assert.All(cluster.Hosts, static host => Assert.False(host.HasExited));
        Assert.All(cluster.Hosts, static host => Assert.DoesNotContain("quarantine", host.Output, StringComparison.OrdinalIgnoreCase));
    }

    [RootFact]
    public async Task A_leader_that_is_heard_but_hears_nothing_makes_way_and_comes_back()
    {
        using var network = new NamespaceNetwork();
        using var cluster = new HostCluster(output, network);
        await cluster.StartAsync();
        var old = await cluster.LeaderAsync();
        var others = cluster.Hosts.Where(host => host != old).ToArray();
        await using var load = new WriteLoad(others);
        await load.ProgressAsync(cluster);

        var clock = Stopwatch.StartNew();
        Array.ForEach(others, other => network.Cut(Number(other), Number(old)));
        var successor = await cluster.LeaderAsync(others);
        cluster.Log($"{successor.Id} leads {clock.Elapsed} after the cut");
        await load.ProgressAsync(cluster);
        await Task.Delay(TimeSpan.FromSeconds(15) - clock.Elapsed);
        await load.ProgressAsync(cluster);
        var leader = await cluster.LeaderAsync(others);
        var term = (await leader.Client.StatusAsync())!.Term;

        network.Heal();
        var healed = await cluster.EventuallyAsync(async () => Assert.Equal(200, (await old.Client.ReadyAsync()).Status), HealBound);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        cluster.Log($"{old.Id} follows {healed} after the healing; {load}");

        // Its return deposed nobody.
        Assert.Equal(term, (await leader.Client.StatusAsync())!.Term);
        Assert.Same(leader, await cluster.LeaderAsync());
    }

    private static int Number(HostProcess host) => host.Id[^1] - '0';
}
