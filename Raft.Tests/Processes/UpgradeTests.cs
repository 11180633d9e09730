using System.Text.Json;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>What commit 3187fba left behind is taken over: its data, its exported snapshots, and a group of its hosts that runs.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class UpgradeTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task A_group_starts_from_the_data_of_the_old_version_with_all_keys_sessions_and_members(string journal)
    {
        using var cluster = new HostCluster(output, options => HostCluster.WithJournal(options, journal), ports: OldVersion.Ports);
        OldVersion.UnpackGroup(journal, Path.GetDirectoryName(cluster.Path(1))!);
        var old = OldVersion.Group(journal);
        await cluster.StartAsync();
        var listing = await cluster.ConvergedAsync(old.Keys.Values.Max(static key => key.Version));

        Assert.Equal(old.Keys.ToDictionary(key => key.Key, key => key.Value.Version), listing.Keys);
        foreach (var host in cluster.Hosts)
        {
            foreach (var (key, expected) in old.Keys)
            {
                Assert.Equal(expected.Value, (await host.Client.GetAsync(key, stale: true)).Text);
            }

            using var members = JsonDocument.Parse((await host.Client.AskAsync("/members")).Text);
            var servers = members.RootElement.GetProperty("servers").EnumerateArray().ToArray();
            Assert.Equal(["n1", "n2", "n3"], servers.Select(static server => server.GetProperty("id").GetString()));
            Assert.Equal(cluster.Addresses, servers.Select(static server => server.GetProperty("address").GetString()));
            Assert.All(servers, static server => Assert.Equal("voter", server.GetProperty("suffrage").GetString()));
        }

        // A session gives the first answer to a command that it knows, and takes the next one.
        var client = cluster.Hosts[0].Client;
        foreach (var write in old.Sessions.GroupBy(static write => write.Session).Select(static session => session.MaxBy(static write => write.Sequence)!))
        {
            var again = await client.PutAsync(write.Key, write.Value, session: (write.Session, write.Sequence));
            Assert.Equal((Known.Done, write.Index), (again.Outcome, again.Index));
            Assert.Equal(Known.Done, (await client.PutAsync(write.Key, "today", session: (write.Session, write.Sequence + 1))).Outcome);
        }

        await AssertRestartsAsync(cluster);
    }

    [Fact]
    public async Task A_snapshot_that_the_old_version_exported_is_imported()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();

        var imported = cluster.Hosts[0].Run("snapshot", "import", OldVersion.SnapshotFile, "--url", cluster.Hosts[0].Options.Http.ToString());

        Assert.True(imported.ExitCode == 0, imported.Text);
        var keys = OldVersion.SnapshotKeys();
        var listing = await cluster.ConvergedAsync(atLeast: 2);
        Assert.Equal(keys.Keys.Order(StringComparer.Ordinal), listing.Keys.Keys);
        foreach (var (key, expected) in keys)
        {
            Assert.Equal(expected.Value, (await cluster.Hosts[1].Client.GetAsync(key, stale: true)).Text);
        }
    }

    /// <summary>
    /// Old, old, old; then one server after the other is today's. Each half-done state is served under a leader of either version, and
    /// one that was upgraded goes back in between.
    /// </summary>
    [Theory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task An_old_group_is_upgraded_server_by_server_while_clients_write_and_one_goes_back_in_between(string journal)
    {
        using var cluster = new HostCluster(output, options => HostCluster.WithJournal(options, journal));
        var old = OldVersion.InstallHost(cluster.Path("old"));
        foreach (var host in cluster.Hosts)
        {
            host.Install(old);
        }

        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts, Environment.TickCount);
        await using var counters = new CounterLoad(cluster.Hosts, Environment.TickCount, clients: 4);
        await load.ProgressAsync(cluster);
        var today = AppContext.BaseDirectory;
        (string Host, string Version)[] steps = [("n1", today), ("n2", today), ("n1", old), ("n1", today), ("n3", today)];
        foreach (var (id, version) in steps)
        {
            await ReplaceAsync(cluster, cluster[id], version);
            await load.ProgressAsync(cluster);
            foreach (var leader in cluster.Hosts.DistinctBy(static host => host.Options.Binaries))
            {
                await LeadAsync(cluster, leader);
                await load.ProgressAsync(cluster);
                cluster.Log($"{leader.Id} ({(leader.Options.Binaries == old ? "old" : "today's")}) leads; {load}");
            }
        }

        await counters.FinishAsync();
        await load.HoldAsync();
        load.Check(Without(await cluster.ConvergedAsync(load.LastIndex), "counter-"));
        await load.CheckListsAsync(cluster);
        Assert.Equal(counters.Increments, await CounterLoad.SumAsync(cluster.Hosts[2]));
        Assert.True(counters.Increments > 20, $"only {counters.Increments} increments");

        // From here on all are today's, and nobody refuses anybody.
        var said = cluster.Hosts.Select(static host => host.Output.Length).ToArray();
        load.Resume();
        foreach (var leader in cluster.Hosts)
        {
            await LeadAsync(cluster, leader);
            await load.ProgressAsync(cluster);
        }

        await load.HoldAsync();
        load.Check(Without(await cluster.ConvergedAsync(load.LastIndex), "counter-"));
        foreach (var (host, length) in cluster.Hosts.Zip(said))
        {
            Assert.DoesNotContain(" refused ", host.Output[length..], StringComparison.Ordinal);
        }

        cluster.Log($"{load}; {counters.Increments} increments, {counters.Copies} sent again");
        await AssertRestartsAsync(cluster);
    }

    /// <summary>Stops a host in good order and starts it as another version.</summary>
    private static async Task ReplaceAsync(HostCluster cluster, HostProcess host, string version)
    {
        Assert.Equal(0, await host.TerminateAsync());
        host.Install(version);
        host.Start();
        await cluster.LeaderAsync();
    }

    private static async Task LeadAsync(HostCluster cluster, HostProcess leader) => await cluster.EventuallyAsync(async () =>
    {
        if (await cluster.LeaderAsync() != leader)
        {
            await leader.Client.AdministerAsync(HttpMethod.Post, $"/leader?to={leader.Id}");
        }

        Assert.Equal(leader, await cluster.LeaderAsync());
    });

    /// <summary>What today's version wrote behind the old data, it reads as well.</summary>
    private static async Task AssertRestartsAsync(HostCluster cluster)
    {
        var before = await cluster.ConvergedAsync();
        var exits = await Task.WhenAll(cluster.Hosts.Select(static host => host.TerminateAsync()));
        Assert.All(exits, static code => Assert.Equal(0, code));
        await cluster.StartAsync();
        Assert.Equal(before.Keys, (await cluster.ConvergedAsync(before.AppliedIndex)).Keys);
        Assert.All(cluster.Hosts, static host => Assert.Equal(string.Empty, host.Error));
    }

    private static HostListing Without(HostListing listing, string prefix) => listing with
    {
        Keys = new SortedDictionary<string, long>(
            listing.Keys.Where(key => !key.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal),
    };
}
