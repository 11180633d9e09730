using System.Diagnostics;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Exactly once, over HTTP, whatever befalls the hosts.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class SessionTests(ITestOutputHelper output)
{
    private const int Clients = 32;

    // Snapshots all the time, so that sessions come from them, too.
    private const string Configuration = """
        raft.snapshots { interval = 500ms, threshold-entries = 100, trailing-entries = 50 }

        """;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(45);

    [RootFact]
    public async Task Counters_add_up_to_the_acknowledged_increments_while_leaders_are_killed_and_links_cut()
    {
        var random = new Random(TestSeed.Value);
        using var network = new NamespaceNetwork();
        using var cluster = new HostCluster(output, network, Configuration);
        await cluster.StartAsync();
        await using var load = new CounterLoad(cluster.Hosts, Clients);
        var clock = Stopwatch.StartNew();
        for (var round = 0; clock.Elapsed < Duration; round++)
        {
            await Task.Delay(random.Next(1000, 3000));
            var leader = await cluster.LeaderAsync();
            if (round % 2 == 0)
            {
                leader.Kill();
                await Task.Delay(random.Next(4) * 500);
                leader.Start();
            }
            else
            {
                network.Cut(Number(random.Next(2) == 0 ? leader : cluster.Hosts[random.Next(3)]));
                await Task.Delay(random.Next(1, 5) * 1000);
                network.Heal();
            }
        }

        await cluster.LeaderAsync();
        await load.FinishAsync();
        cluster.Log($"{load.Increments} increments, {load.Copies} copies sent again");
        Assert.True(load.Copies > 0, "nothing was ever sent again");
        Assert.True(load.Increments > Clients);
        foreach (var host in cluster.Hosts)
        {
            await cluster.EventuallyAsync(async () => Assert.Equal(load.Increments, await CounterLoad.SumAsync(host)));
        }
    }

    private static int Number(HostProcess host) => host.Id[1] - '0';
}
