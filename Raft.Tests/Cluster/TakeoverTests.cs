using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A group whose journals an older version wrote, which knows no identities, gets its own without a stop.</summary>
public sealed class TakeoverTests(ITestOutputHelper output) : MembershipTest(output)
{
    [Fact]
    public async Task A_group_of_an_older_version_gets_its_identity_when_all_its_servers_are_there()
    {
        await SeedAsync(1, 2, 3);
        StartServer(SettingsOf(1, 3));
        StartServer(SettingsOf(2, 3));
        var leader = await Leader();
        await Apply(leader, "with two");
        Assert.True((await StatusOf(leader)).Identity.IsNone, "one server may still run the older version");
        var journals = await Task.WhenAll(Servers.Select(StatusOf));
        Assert.All(Servers, static server => Assert.False(server.Journal.HasIdentity));

        StartServer(SettingsOf(3, 3));
        await EveryoneIsIdentified();
        await Apply(await Leader(), "with three");
        await EveryoneApplied("old", "with two", "with three");
        Assert.Equal(
            journals.Select(static status => status.Journal),
            (await Task.WhenAll(Servers.Take(2).Select(StatusOf))).Select(static status => status.Journal));

        // It is theirs over restarts.
        var identity = (await StatusOf(leader)).Identity;
        foreach (var server in Servers.ToArray())
        {
            await StopAsync(server);
            StartServer(SettingsOf(NumberOf(server.Id), 3));
        }

        await Apply(await Leader(), "after");
        Assert.All(await Task.WhenAll(Servers.Select(StatusOf)), status => Assert.Equal(identity, status.Identity));
        Assert.All(
            await Task.WhenAll(Servers.Select(StatusOf)),
            static status => Assert.Equal(status.Journal, status.Configuration.Find(status.ServerId)!.Journal));
    }

    /// <summary>Who answers for a disk that is gone is filled up, and takes the identity from the leader that does it.</summary>
    [Fact]
    public async Task A_server_that_loses_its_disk_afterwards_comes_back_into_the_same_group()
    {
        await SeedAsync(1, 2, 3);
        StartCluster(3);
        await EveryoneIsIdentified();
        var leader = await Leader();
        var identity = (await StatusOf(leader)).Identity;
        var lost = Other(leader);
        await StopAsync(lost);
        StartServer(lost.Settings with { Journal = lost.Settings.Journal with { Plugin = "test-journal.n7" } });
        await Apply(leader, "new");
        await EveryoneApplied("old", "new");
        await Eventually(async () => Assert.Equal(identity, (await StatusOf(this[NumberOf(lost.Id)])).Identity));
        await Eventually(async () => Assert.Equal(
            (await StatusOf(this[NumberOf(lost.Id)])).Journal,
            (await ConfigurationAt(leader)).Configuration.Find(lost.Id)!.Journal));
    }

    private async Task SeedAsync(params int[] numbers)
    {
        ImmutableArray<LogEntry> log = [LogBuilder.ConfigurationEntry(1, 1, ConfigurationOf(3)), LogBuilder.Entry(2, 2, "old")];
        foreach (var number in numbers)
        {
            await SeedJournal(number, 2, default, log);
        }
    }

    private Task EveryoneIsIdentified() => Eventually(async () =>
    {
        var states = await Task.WhenAll(Servers.Select(StatusOf));
        Assert.Equal(3, states.Length);
        Assert.False(Assert.Single(states.Select(static status => status.Identity).Distinct()).IsNone);
    });
}
