using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>What operators do to a group that goes on working: rolling restarts, growth, replacement.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class MembershipTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_rolling_restart_of_five_servers_under_new_ports_hands_leadership_over_and_loses_no_write()
    {
        using var cluster = new HostCluster(output, size: 5);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts, writers: 4, listers: 0);
        await load.ProgressAsync(cluster, 50);

        // The leader as the last one: handing leadership to servers that are yet to be restarted would only be undone.
        var leader = await cluster.LeaderAsync();
        var gaps = new List<TimeSpan>();
        foreach (var host in cluster.Hosts.Where(host => host != leader).Append(leader))
        {
            load.ForgetGaps();
            var led = (await host.Client.StatusAsync())!.Role == "leader";
            Assert.Equal(0, await host.TerminateAsync());
            await load.ProgressAsync(cluster, 20);
            gaps.Add(load.LongestGap());

            if (led)
            {
                // Nobody waited for an election timeout.
                Assert.Contains(cluster.Hosts, successor => successor.Output.Contains($"calls for an election: {host.Id} hands over", StringComparison.Ordinal));
            }

            var port = HostCluster.FreePorts(1)[0];
            var number = int.Parse(host.Id[1..], System.Globalization.CultureInfo.InvariantCulture);
            host.Reconfigure(HostCluster.Joining(number, port, host.Options.Http.ToString().TrimEnd('/')));
            host.Start();
            var other = cluster.Hosts.First(candidate => candidate != host);
            await cluster.EventuallyAsync(async () =>
            {
                var moved = await other.Client.AdministerAsync(HttpMethod.Put, $"/members/{host.Id}?address=127.0.0.1:{port}");
                Assert.True(moved.Status == 200, moved.ToString());
                Assert.NotNull((await host.Client.StatusAsync())?.Leader);
            });
            cluster.Log($"{host.Id} restarted{(led ? ", which led" : string.Empty)}: longest gap {load.LongestGap().TotalMilliseconds:0} ms, {gaps[^1].TotalMilliseconds:0} ms until it had stopped");
        }

        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        cluster.Log(load.ToString());

        cluster.Log($"answered as unknown: {string.Join("; ", load.AnsweredUnknown)}");

        // A client that waits for a host that has gone waits for as long as its own patience lasts, so the longest gap may be theirs. Where the cores are few,
        // a host that starts takes them from the others, which says nothing of the group: that is logged and not asserted.
        Assert.True(gaps.Order().ElementAt(2) < TimeSpan.FromMilliseconds(300), $"the gaps were {string.Join(", ", gaps)}");
    }

    /// <summary>The configuration still has the old address; nobody but the leader could change that, and an operator need not come first.</summary>
    [Fact]
    public async Task A_leader_that_came_back_under_another_port_is_reached_through_a_follower()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var others = cluster.Hosts.Where(host => host != leader).ToArray();
        var (moved, follower) = (others[0], others[1]);

        // One that lacks the last entry would not be elected, and who has it would not be heard by it (docs/operations.md).
        await cluster.ConvergedAsync((await leader.Client.PutAsync("before", "value")).Index);
        moved.Kill();
        var number = int.Parse(moved.Id[1..], System.Globalization.CultureInfo.InvariantCulture);
        moved.Reconfigure(HostCluster.Joining(number, HostCluster.FreePorts(1)[0], moved.Options.Http.ToString().TrimEnd('/')));
        moved.Start();
        await cluster.EventuallyAsync(async () => Assert.NotNull(await moved.Client.StatusAsync()));
        leader.Kill();
        Assert.Same(moved, await cluster.LeaderAsync(others));
        Assert.NotEqual(0, (await follower.Client.PutAsync("key", "value")).Index);
    }

    [Fact]
    public async Task A_group_of_three_grows_to_five_and_shrinks_to_three_others_while_clients_write_and_loses_nothing()
    {
        using var cluster = new HostCluster(output, size: 6, members: 3);
        await cluster.StartAsync();
        var clock = Stopwatch.StartNew();
        var first = cluster.Hosts.Take(3).ToArray();
        var last = cluster.Hosts.Skip(3).ToArray();
        await using var load = new WriteLoad(cluster.Hosts, writers: 3, listers: 2);
        await load.ProgressAsync(cluster);
        foreach (var host in last.Take(2))
        {
            await AddAsync(cluster, host);
        }

        cluster.Log($"five servers after {clock.Elapsed}");
        await load.ProgressAsync(cluster);
        await RemoveAsync(cluster, first[0]);
        await RemoveAsync(cluster, first[1]);
        await AddAsync(cluster, last[2]);
        await RemoveAsync(cluster, first[2]);
        cluster.Log($"three others after {clock.Elapsed}");
        var leader = await cluster.LeaderAsync(last);
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex, "", last));
        var members = await leader.Client.AdministerAsync(HttpMethod.Get, "/members");
        Assert.All(last, host => Assert.Contains($"\"{host.Id}\"", members.Text, StringComparison.Ordinal));
        Assert.All(first, host => Assert.DoesNotContain($"\"{host.Id}\"", members.Text, StringComparison.Ordinal));
        cluster.Log(load.ToString());
    }

    private static async Task AddAsync(HostCluster cluster, HostProcess host)
    {
        host.Start();
        await ChangeAsync(cluster, host, HttpMethod.Put, $"/members/{host.Id}?address={cluster.AddressOf(host).Host}:{cluster.AddressOf(host).Port}");
    }

    /// <summary>Takes a server out of the group, and then from the machine.</summary>
    private static async Task RemoveAsync(HostCluster cluster, HostProcess host)
    {
        await ChangeAsync(cluster, host, HttpMethod.Delete, $"/members/{host.Id}");
        Assert.Equal(0, await host.TerminateAsync());
    }

    /// <summary>Asks until it is done: a leader that was just elected, or steps down, refuses.</summary>
    private static async Task ChangeAsync(HostCluster cluster, HostProcess subject, HttpMethod method, string target)
    {
        var removes = method == HttpMethod.Delete;
        await cluster.EventuallyAsync(async () =>
        {
            var asked = cluster.Hosts.First(host => host != subject && host.IsRunning);
            var answer = await asked.Client.AdministerAsync(method, target);
            var isDone = answer.Status == 200 || (removes && answer.Status == 409 && answer.Text.Contains("is not a member", StringComparison.Ordinal));
            Assert.True(isDone, answer.ToString());
        });
    }
}
