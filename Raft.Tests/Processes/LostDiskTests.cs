using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>What operators do by mistake with the disks of real hosts (docs/operations.md, "What may I do").</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class LostDiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_host_that_lost_its_disk_is_filled_up_while_clients_write_and_then_another_may_die()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster, 50);
        var leader = await cluster.LeaderAsync();
        var lost = cluster.Hosts.First(host => host != leader);
        var before = (await JournalsAsync(leader))[lost.Id];
        Empty(lost);
        lost.Start();
        await cluster.EventuallyAsync(async () =>
        {
            var known = await leader.Client.AskAsync("/status");
            var journal = (await JournalsAsync(leader))[lost.Id];
            Assert.NotNull(journal);
            Assert.NotEqual(before, journal);
            Assert.DoesNotContain("nonvoter", known.Text, StringComparison.Ordinal);
        });
        Assert.Contains("has lost its journal", leader.Output + leader.Error, StringComparison.Ordinal);

        // Its vote counts again.
        leader.Kill();
        var others = cluster.Hosts.Where(host => host != leader).ToArray();
        await cluster.LeaderAsync(others);
        await load.ProgressAsync(cluster, 50);
        leader.Start();
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
    }

    /// <summary>
    /// Two of three hold what was acknowledged. The disk of one is lost, and the other pauses: the third one lags, and needs one
    /// vote of a server that does not know any more what it confirmed.
    /// </summary>
    [Fact]
    public async Task A_host_that_lost_its_disk_makes_none_the_leader_that_lacks_acknowledged_writes()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        await cluster.ConvergedAsync((await cluster.Hosts[0].Client.PutAsync("before", "all have it")).Index);
        var leader = await cluster.LeaderAsync();
        HostProcess[] followers = [.. cluster.Hosts.Where(host => host != leader)];
        var (lost, behind) = (followers[0], followers[1]);
        behind.Kill();
        HostAnswer written = null!;
        for (var number = 0; number < 20; number++)
        {
            written = await leader.Client.PutAsync("key", $"acknowledged {number}");
            Assert.Equal(Known.Done, written.Outcome);
        }

        Empty(lost);
        leader.Send(Signal.Stop);
        behind.Start();
        lost.Start();
        await cluster.EventuallyAsync(async () => Assert.All(
            await Task.WhenAll(followers.Select(static host => host.Client.StatusAsync())), static status => Assert.NotNull(status)));
        Assert.DoesNotContain(Known.Done, await TriesAsync(behind));
        Assert.NotEqual("leader", (await behind.Client.StatusAsync())!.Role);

        leader.Send(Signal.Continue);
        await cluster.LeaderAsync();
        await cluster.ConvergedAsync(written.Index);
        foreach (var host in cluster.Hosts)
        {
            Assert.Contains("acknowledged 19", (await host.Client.GetAsync("key", stale: true)).Text, StringComparison.Ordinal);
        }
    }

    /// <summary>Two volumes that were not mounted, or two nodes that were imaged anew.</summary>
    [Fact]
    public async Task Two_hosts_with_empty_disks_begin_nothing_and_leave_the_third_ones_data_alone()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var written = await cluster.Hosts[0].Client.PutAsync("key", "acknowledged");
        await cluster.ConvergedAsync(written.Index);
        foreach (var host in cluster.Hosts)
        {
            Assert.Equal(0, await host.TerminateAsync());
        }

        foreach (var number in new[] { 1, 2 })
        {
            Directory.Move(cluster[$"n{number}"].Options.DataDirectory, cluster.Path($"mounted-elsewhere-{number}"));
            cluster[$"n{number}"].Start();
        }

        await NotReadyAsync(cluster, cluster["n1"], "n3 has not answered");
        Assert.NotEqual(Known.Done, (await cluster["n1"].Client.PutAsync("key", "of an empty group")).Outcome);
        cluster["n3"].Start();
        await NotReadyAsync(cluster, cluster["n1"], "n3 refuses: server n3 has state already");
        Assert.NotEqual(Known.Done, (await cluster["n3"].Client.PutAsync("key", "without a majority")).Outcome);

        foreach (var number in new[] { 1, 2 })
        {
            var host = cluster[$"n{number}"];
            await host.TerminateAsync();
            Directory.Delete(host.Options.DataDirectory, recursive: true);
            Directory.Move(cluster.Path($"mounted-elsewhere-{number}"), host.Options.DataDirectory);
            host.Start();
        }

        await cluster.LeaderAsync();
        await cluster.ConvergedAsync(written.Index);
        Assert.Contains("acknowledged", (await cluster["n1"].Client.GetAsync("key", stale: true)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_founder_whose_file_names_it_alone_gets_no_company_and_one_that_names_the_others_begins_nothing_alone()
    {
        using var cluster = new HostCluster(output, size: 2, members: 1);
        await cluster.StartAsync();
        var (founder, second) = (cluster["n1"], cluster["n2"]);
        Assert.Equal(Known.Done, (await founder.Client.PutAsync("key", "acknowledged")).Outcome);
        second.Start();
        var address = cluster.AddressOf(second);
        var target = $"/members/n2?address={address.Host}:{address.Port}";
        var refused = await founder.Client.AdministerAsync(HttpMethod.Put, target);
        Assert.Equal(409, refused.Status);
        Assert.Contains("raft.servers names this server alone", refused.Text, StringComparison.Ordinal);

        await founder.TerminateAsync();
        var own = cluster.AddressOf(founder);
        founder.Reconfigure(HostCluster.Joining(1, own.Port!.Value, founder.Options.Http.ToString().TrimEnd('/')));
        founder.Start();
        await cluster.LeaderAsync(founder);
        await AddAsync(cluster, founder, second);
        await cluster.ConvergedAsync();

        second.Kill();
        Empty(founder);
        founder.Start();
        await NotReadyAsync(cluster, founder, "is not added yet");
        Assert.NotEqual(Known.Done, (await founder.Client.PutAsync("key", "of an empty group")).Outcome);
        second.Start();
        await NotReadyAsync(cluster, second, "no leader");
        Assert.NotEqual(Known.Done, (await founder.Client.PutAsync("key", "of an empty group")).Outcome);
    }

    /// <summary>One that began alone and grew may come back empty while nobody can tell it of its group.</summary>
    [Fact]
    public async Task A_founder_that_grew_to_three_and_lost_its_disk_begins_nothing_while_the_others_are_out_of_reach()
    {
        using var cluster = new HostCluster(output, members: 1);
        await cluster.StartAsync();
        var founder = cluster["n1"];
        HostProcess[] others = [cluster["n2"], cluster["n3"]];
        foreach (var host in others)
        {
            host.Start();
            await AddAsync(cluster, founder, host);
        }

        var written = await founder.Client.PutAsync("key", "acknowledged");
        await cluster.ConvergedAsync(written.Index);
        Empty(founder);
        foreach (var host in others)
        {
            host.Send(Signal.Stop);
        }

        founder.Start();
        await cluster.EventuallyAsync(async () => Assert.NotNull(await founder.Client.StatusAsync()));
        Assert.DoesNotContain(Known.Done, await TriesAsync(founder));
        Assert.Equal(503, (await founder.Client.ReadyAsync()).Status);
        foreach (var host in others)
        {
            host.Send(Signal.Continue);
        }

        await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await founder.Client.PutAsync("other", "goes on")).Outcome);
        await cluster.ConvergedAsync(written.Index);
        Assert.Contains("acknowledged", (await founder.Client.GetAsync("key", stale: true)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_another_groups_data_is_not_followed_and_answers_no_linearizable_read()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var old = await cluster.Hosts[0].Client.PutAsync("key", "of the old group");
        await cluster.ConvergedAsync(old.Index);
        foreach (var host in cluster.Hosts)
        {
            await host.TerminateAsync();
        }

        Directory.Move(cluster["n3"].Options.DataDirectory, cluster.Path("forgotten"));
        Empty(cluster["n1"]);
        Empty(cluster["n2"]);
        foreach (var host in cluster.Hosts)
        {
            host.Start();
        }

        await cluster.LeaderAsync();
        var written = await cluster.Hosts[0].Client.PutAsync("key", "of the new group");
        await cluster.ConvergedAsync(written.Index);
        await cluster["n3"].TerminateAsync();
        Directory.Delete(cluster["n3"].Options.DataDirectory, recursive: true);
        Directory.Move(cluster.Path("forgotten"), cluster["n3"].Options.DataDirectory);
        cluster["n3"].Start();
        await cluster.EventuallyAsync(() =>
        {
            Assert.Contains("another group of this name", cluster["n3"].Output + cluster["n3"].Error, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        Assert.Equal(503, (await cluster["n3"].Client.ReadyAsync()).Status);
        var stray = await cluster["n3"].Client.AskAsync("/kv/key?consistency=follower");
        Assert.True(stray.Status >= 500, stray.ToString());
        Assert.Equal(Known.Done, (await cluster["n1"].Client.PutAsync("key", "goes on")).Outcome);

        // With its data removed it is filled up.
        Empty(cluster["n3"]);
        cluster["n3"].Start();
        await cluster.LeaderAsync();
        await cluster.ConvergedAsync(written.Index);
        Assert.Contains("goes on", (await cluster["n3"].Client.GetAsync("key", stale: true)).Text, StringComparison.Ordinal);
    }

    /// <summary>Writes for longer than it takes to find out that nobody answers, and to be elected.</summary>
    private static async Task<Known[]> TriesAsync(HostProcess host)
    {
        var outcomes = new Known[8];
        for (var number = 0; number < outcomes.Length; number++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            outcomes[number] = (await host.Client.PutAsync("alone", $"{number}")).Outcome;
        }

        return outcomes;
    }

    /// <summary>Has a founder add a server, as an operator does who follows what a refusal says: its file must not name it alone.</summary>
    private static async Task AddAsync(HostCluster cluster, HostProcess founder, HostProcess host)
    {
        var address = cluster.AddressOf(host);
        await cluster.EventuallyAsync(async () =>
        {
            var answer = await founder.Client.AdministerAsync(HttpMethod.Put, $"/members/{host.Id}?address={address.Host}:{address.Port}");
            if (answer.Text.Contains("Name the servers to come too", StringComparison.Ordinal))
            {
                await founder.TerminateAsync();
                founder.Reconfigure(cluster.ConfigurationOfAll(founder));
                founder.Start();
            }

            Assert.True(answer.Status == 200, answer.ToString());
        });
    }

    private static void Empty(HostProcess host)
    {
        if (host.IsRunning)
        {
            host.Kill();
        }

        Directory.Delete(host.Options.DataDirectory, recursive: true);
    }

    private static async Task NotReadyAsync(HostCluster cluster, HostProcess host, string reason) => await cluster.EventuallyAsync(async () =>
    {
        var ready = await host.Client.ReadyAsync();
        Assert.Equal(503, ready.Status);
        Assert.Contains(reason, ready.Text, StringComparison.Ordinal);
    });

    private static async Task<Dictionary<string, string?>> JournalsAsync(HostProcess host)
    {
        using var status = System.Text.Json.JsonDocument.Parse((await host.Client.AskAsync("/status")).Text);
        return status.RootElement.GetProperty("servers").EnumerateArray().ToDictionary(
            static server => server.GetProperty("id").GetString()!, static server => server.TryGetProperty("journal", out var journal) ? journal.GetString() : null);
    }
}
