using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>kill -9 in each phase of taking a snapshot and of installing one: the old state or the new one, never a mix.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class SnapshotKillTests(ITestOutputHelper output)
{
    // In tenths of the time that the whole takes, beyond its end too: while the journal is told, and while the log is compacted.
    private static readonly int[] Moments = [1, 4, 7, 9, 10, 12];

    private static readonly string LargeValue = new('x', 64 * 1024);

    [Fact]
    public async Task Killed_while_it_takes_a_snapshot_a_server_comes_back_with_all_of_the_state()
    {
        using var cluster = new HostCluster(output, Changed);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await FillAsync(cluster, load);
        var duration = await TakeAsync(await cluster.LeaderAsync());
        cluster.Log($"a snapshot takes {duration}");
        foreach (var moment in Moments)
        {
            await load.ProgressAsync(cluster);
            var leader = await cluster.LeaderAsync();
            var victim = moment % 2 == 0 ? leader : cluster.Hosts.First(host => host != leader);
            var taking = victim.Client.AdministerAsync(HttpMethod.Post, "/snapshots");
            await Task.Delay(duration * moment / 10);
            victim.Kill();
            await taking;
            victim.Start();
            await cluster.LeaderAsync();
            await AllThereAsync(cluster, load);
            cluster.Log($"killed {victim.Id} after {moment}/10; {load}");
        }

        Assert.All(await Task.WhenAll(cluster.Hosts.Select(TakeAsync)), static taken => Assert.True(taken > TimeSpan.Zero));
    }

    [Fact]
    public async Task Killed_while_a_snapshot_is_installed_the_follower_and_the_leader_come_back_and_it_is_installed()
    {
        using var cluster = new HostCluster(output, Changed);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await FillAsync(cluster, load);
        var first = await cluster.LeaderAsync();
        var follower = cluster.Hosts.First(host => host != first);
        var duration = await InstallAsync(cluster, load, follower, static () => Task.CompletedTask);
        cluster.Log($"until it is installed and all is the same: {duration}");
        foreach (var moment in Moments)
        {
            var leader = await cluster.LeaderAsync();
            follower = cluster.Hosts.First(host => host != leader);
            var victim = moment % 2 == 0 ? leader : follower;
            await InstallAsync(cluster, load, follower, async () =>
            {
                await Task.Delay(duration * moment / 10);
                victim.Kill();
                victim.Start();
            });
            cluster.Log($"killed {victim.Id}, the {(victim == leader ? "leader" : "follower")}, after {moment}/10; {load}");
        }
    }

    /// <summary>Has a follower fall behind the beginning of the others' logs and come back; returns how long that took.</summary>
    private static async Task<TimeSpan> InstallAsync(HostCluster cluster, WriteLoad load, HostProcess follower, Func<Task> meanwhile)
    {
        follower.Kill();
        var others = cluster.Hosts.Where(host => host != follower).ToArray();
        await cluster.LeaderAsync(others);
        await load.ProgressAsync(cluster, 200);
        foreach (var other in others)
        {
            await TakeAsync(other);
        }

        await load.ProgressAsync(cluster, 50);
        var sent = Sent(cluster);
        var clock = Stopwatch.StartNew();
        follower.Start();
        await meanwhile();
        await AllThereAsync(cluster, load);
        Assert.True(Sent(cluster) > sent, "no snapshot was sent");
        return clock.Elapsed;
    }

    private static int Sent(HostCluster cluster) => cluster.Hosts.Sum(static host => host.Output.Split("the snapshot of entry").Length - 1);

    private static HostOptions Changed(HostOptions options) => options with
    {
        Configuration = options.Configuration
            + "raft.snapshots { interval = 1h, threshold-entries = 1000000, threshold-bytes = 10GiB, trailing-entries = 10, chunk-bytes = 64KiB }\n",
    };

    private static async Task FillAsync(HostCluster cluster, WriteLoad load)
    {
        await load.ProgressAsync(cluster);
        var leader = await cluster.LeaderAsync();
        await Parallel.ForAsync(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var answer = await leader.Client.PutAsync($"x{number:D4}", LargeValue);
            Assert.Equal(Known.Done, answer.Outcome);
        });
    }

    private static async Task<TimeSpan> TakeAsync(HostProcess host)
    {
        var clock = Stopwatch.StartNew();
        var answer = await host.Client.AdministerAsync(HttpMethod.Post, "/snapshots");
        Assert.True(answer.Status == 200, $"{host.Id}: {answer}");
        return clock.Elapsed;
    }

    private static async Task AllThereAsync(HostCluster cluster, WriteLoad load)
    {
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex, prefix: "w"));
        Assert.Equal(300, (await cluster.ConvergedAsync(load.LastIndex, prefix: "x")).Keys.Count);
        load.Resume();
    }
}
