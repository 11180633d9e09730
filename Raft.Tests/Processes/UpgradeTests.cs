using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>What commit 3187fba wrote, and its hosts, meet today's.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed partial class UpgradeTests(ITestOutputHelper output)
{
    private const long Session = 303;
    private const long SessionWrite = 304;
    private const string SessionKey = "session-key";

    // What the archives hold, and what of it was written before the export.
    private static readonly string[] Keys = [.. Enumerable.Range(100, 310).Select(static number => $"key-{number}"), SessionKey];
    private static readonly string[] Exported = [.. Enumerable.Range(100, 300).Select(static number => $"key-{number}"), SessionKey];

    [Theory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task Todays_hosts_take_over_old_journals_with_keys_sessions_and_members_and_the_group_gets_its_identity(string journal)
    {
        using var cluster = Cluster(journal);
        await cluster.StartAsync();

        var listing = await cluster.ConvergedAsync();

        Assert.Equal(Keys, listing.Keys.Keys);
        foreach (var key in Keys.Except([SessionKey]))
        {
            Assert.Equal($"value {key[4..]}", (await cluster.Hosts[1].Client.GetAsync(key)).Text);
        }

        var again = await cluster.Hosts[0].Client.PutAsync(SessionKey, "a second time", session: (Session, 1));
        Assert.Equal(Known.Done, again.Outcome);
        Assert.Equal(SessionWrite, again.Index);
        Assert.Equal("by a session", (await cluster.Hosts[0].Client.GetAsync(SessionKey)).Text);
        await IdentifiedAsync(cluster);
    }

    [Fact]
    public async Task Todays_group_takes_the_state_of_an_old_snapshot_file()
    {
        using var cluster = new HostCluster(output);
        Directory.CreateDirectory(cluster.Path("old"));
        OldVersion.Extract("sql", cluster.Path("old"));
        await cluster.StartAsync();
        var host = cluster.Hosts[0];

        var imported = host.Run(
            "snapshot", "import", cluster.Path("old/old.raftsnap"), "--yes", "--url", host.Options.Http.ToString());

        Assert.True(imported.ExitCode == 0, imported.Text);
        await cluster.EventuallyAsync(async () => Assert.Equal(Exported, (await cluster.ConvergedAsync()).Keys.Keys));
        Assert.Equal("value 250", (await host.Client.GetAsync("key-250")).Text);
    }

    [Theory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task An_old_group_is_upgraded_server_by_server_under_load_and_one_of_them_is_taken_back_in_between(string journal)
    {
        using var old = new OldVersion();
        using var cluster = Cluster(journal, old.Program);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts, writers: 2, listers: 1);
        await load.ProgressAsync(cluster);
        var last = await cluster.LeaderAsync();
        var (first, second) = (cluster.Hosts.First(host => host != last), cluster.Hosts.Last(host => host != last));

        await RestartAsync(first, AppContext.BaseDirectory, "1 new, 2 old, an old leader");
        await LeadAsync(first, "1 new, 2 old, a new leader");
        await UnidentifiedAsync(first);
        await RestartAsync(first, old.Program, "taken back: 3 old");
        await RestartAsync(first, AppContext.BaseDirectory, "1 new, 2 old, again");
        await RestartAsync(second, AppContext.BaseDirectory, "2 new, 1 old");
        await LeadAsync(second, "2 new, 1 old, a new leader");
        await LeadAsync(last, "2 new, 1 old, an old leader");
        await UnidentifiedAsync(first);
        await UnidentifiedAsync(second);
        await RestartAsync(last, AppContext.BaseDirectory, "3 new");
        await IdentifiedAsync(cluster);
        await LeadAsync(first, "3 new, identified");

        await load.HoldAsync();
        var listing = await cluster.ConvergedAsync(load.LastIndex);
        Assert.Empty(Keys.Except(listing.Keys.Keys));
        load.Check(listing with { Keys = new(listing.Keys.Where(static pair => !Keys.Contains(pair.Key)).ToDictionary()) });
        await load.CheckListsAsync(cluster);
        cluster.Log($"{load}");
        Assert.All(await Task.WhenAll(cluster.Hosts.Select(static host => host.TerminateAsync())), static code => Assert.Equal(0, code));
        var logs = cluster.Hosts.Select(static host => new JournalFile(host).Writes()).ToArray();
        Assert.All(logs, load.Check);
        NobodyWasRefused(cluster);

        async Task RestartAsync(HostProcess host, string program, string what)
        {
            Assert.Equal(0, await host.TerminateAsync());
            host.RunFrom(program);
            host.Start();
            await ServesAsync(what);
        }

        async Task LeadAsync(HostProcess host, string what)
        {
            await cluster.EventuallyAsync(async () =>
            {
                var leader = await cluster.LeaderAsync();
                if (leader != host)
                {
                    var moved = leader.Run("member", "transfer", host.Id, "--url", leader.Options.Http.ToString());
                    Assert.True(moved.ExitCode == 0, moved.Text);
                }

                Assert.Equal(host, await cluster.LeaderAsync());
            });
            await ServesAsync(what);
        }

        // Every server is up to date, and so took part: the writes are asked of all of them.
        async Task ServesAsync(string what)
        {
            await cluster.LeaderAsync();
            await load.ProgressAsync(cluster);
            await load.HoldAsync();
            await cluster.ConvergedAsync(load.LastIndex);
            load.Resume();
            cluster.Log($"{what}: {load}");
        }
    }

    /// <summary>In the midst of an upgrade no server is taken for one of another group, or for one of none.</summary>
    private static void NobodyWasRefused(HostCluster cluster) => Assert.All(cluster.Hosts, static host =>
    {
        var refusals = host.Output.Split('\n').Concat(host.Error.Split('\n'))
            .Where(static line => IsRefusal().IsMatch(line) || line.Contains("another group", StringComparison.Ordinal));
        Assert.Empty(refusals);
    });

    /// <summary>As the gate words it: the node, what was refused, from whom, and why.</summary>
    [GeneratedRegex(@"raft/\S+ refused \w+ from akka")]
    private static partial Regex IsRefusal();

    private HostCluster Cluster(string journal, string? program = null)
    {
        var cluster = new HostCluster(
            output, OldVersion.Address, options => HostCluster.WithJournal(options, journal) with { Program = program ?? options.Program });
        OldVersion.Extract(journal, cluster.Path(string.Empty));
        return cluster;
    }

    private static async Task<JsonElement> StatusAsync(HostProcess host)
    {
        var answer = await host.Client.AskAsync("/status");
        Assert.Equal(200, answer.Status);
        return JsonSerializer.Deserialize<JsonElement>(answer.Text);
    }

    private static async Task UnidentifiedAsync(HostProcess host) => Assert.Null(Text(await StatusAsync(host), "identity"));

    /// <summary>All hosts name one group, and know each other's journals, which are voters'.</summary>
    private static async Task IdentifiedAsync(HostCluster cluster) => await cluster.EventuallyAsync(async () =>
    {
        var views = await Task.WhenAll(cluster.Hosts.Select(StatusAsync));
        Assert.NotNull(Assert.Single(views.Select(static view => Text(view, "identity")).Distinct()));
        foreach (var view in views)
        {
            var servers = view.GetProperty("servers").EnumerateArray().ToArray();
            Assert.All(servers, static server => Assert.Equal("voter", Text(server, "suffrage")));
            Assert.Equal(views.Select(static own => Text(own, "journal")), servers.Select(static server => Text(server, "journal")));
        }
    });

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;
}
