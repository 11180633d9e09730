using System.Text.RegularExpressions;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Servers that come back with an empty journal, and groups that were begun beside others (issue: identities).</summary>
public sealed class LostDiskTests(ITestOutputHelper output) : MembershipTest(output)
{
    private bool _replaces = true;

    protected override RaftSettings SettingsOf(int number, int size)
    {
        var settings = base.SettingsOf(number, size);
        return settings with { Membership = settings.Membership with { ReplaceLostJournals = _replaces } };
    }

    /// <summary>
    /// The end of its journal is gone, and nothing in it tells: the same journal. Only the leader knows what it had
    /// confirmed. Until it has that again its vote must not count, or it could elect a leader that lacks it.
    /// </summary>
    [Fact]
    public async Task A_voter_that_forgot_the_end_of_its_journal_loses_its_vote_until_it_has_it_again()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var forgetful = Other(leader);
        var journal = (await StatusOf(forgetful)).Journal;
        var before = await ConfigurationAt(leader);
        var keeps = (await StatusOf(forgetful)).LastLogIndex;
        await Apply(leader, "b");
        await EveryoneApplied("a", "b");
        await StopAsync(forgetful);
        forgetful.Journal.OnRead = row => row is EntriesAppended appended && appended.FirstIndex > keeps
            ? new SafetyRestored()
            : row;
        StartServer(forgetful.Settings);
        await Eventually(async () =>
        {
            var now = await ConfigurationAt(leader);
            var known = now.Configuration.Find(forgetful.Id)!;
            Assert.Equal((Suffrage.Voter, journal), (known.Suffrage, known.Journal));

            // One entry took its vote, and another gave it back.
            Assert.True(now.Index >= before.Index + 2, $"{now.Index}");
        });
        await EveryoneApplied("a", "b");
    }

    /// <summary>Whatever two voters decided, the leader has: it goes on without the other, and fills it up.</summary>
    [Fact]
    public async Task A_follower_of_two_voters_may_lose_its_disk_while_the_leader_lives()
    {
        StartCluster(2);
        var leader = await Leader();
        await Apply(leader, "a");
        var lost = Other(leader);
        await StopAsync(lost);
        StartServer(WithEmptyDisk(lost.Settings));
        await EveryoneApplied("a");
        await Eventually(async () => Assert.Equal(2, (await ConfigurationAt(leader)).Configuration.Voters.Length));
    }

    /// <summary>The one that is left cannot know that nobody else was elected since. An operator can (recover).</summary>
    [Fact]
    public async Task A_leader_of_two_voters_may_not_lose_its_disk()
    {
        StartCluster(2);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var left = Other(leader);
        await StopAsync(leader);
        StartServer(WithEmptyDisk(leader.Settings));
        await CreateEventFilter(Sys).Warning(contains: $"{left.Id} does not count what {leader.Id} says")
            .ExpectAsync(1, Patience, () => Task.CompletedTask);
        Assert.Equal((RaftRole.PreCandidate, 3), ((await StatusOf(left)).Role, (await StatusOf(left)).LastLogIndex));
        Assert.Equal(0, (await StatusOf(this[NumberOf(leader.Id)])).LastLogIndex);
    }

    /// <summary>
    /// With its vote and its confirmations a server that lags would lead, and what was acknowledged would be gone.
    /// </summary>
    [Fact]
    public async Task A_voter_that_lost_its_disk_counts_for_nothing_while_it_is_not_replaced()
    {
        _replaces = false;
        StartCluster(3);
        var leader = await Leader();
        await EveryoneApplied();
        var (lost, behind) = (Other(leader), Other(leader, Other(leader)));
        Network.Drop(message => message is AppendEntries { Entries.IsEmpty: false } && message.Header.To == behind.Id);
        await Apply(leader, "acknowledged");
        await StopAsync(lost);
        await CreateEventFilter(Sys).Error(pattern: new Regex("has lost its journal")).ExpectAsync(1, Patience, async () =>
        {
            lost = StartServer(WithEmptyDisk(lost.Settings));
            await Eventually(
                async () => Assert.Equal((await StatusOf(leader)).LastLogIndex, (await StatusOf(lost)).LastLogIndex));
        });

        // It confirms all of the log, and nothing commits by it.
        var open = Send(leader, "not committed");
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).LastLogIndex, (await StatusOf(lost)).DurableIndex));
        var committed = (await StatusOf(leader)).CommitIndex;
        var heard = (await StatusOf(lost)).Term;
        await Eventually(async () => Assert.Equal(heard, (await StatusOf(behind)).Term));
        Assert.Equal(((await StatusOf(leader)).LastLogIndex - 1, false), (committed, open.Answer.IsCompleted));

        // Nor is anybody elected by it.
        await StopAsync(leader);
        Assert.Equal(Outcome.Unknown, Assert.IsAssignableFrom<RaftFailure>(await AnswerTo(open)).Outcome);
        await Eventually(
            async () => Assert.True((await StatusOf(behind)).LastLeaderContact > behind.Settings.ElectionTimeout * 4));
        Assert.NotEqual(RaftRole.Leader, (await StatusOf(behind)).Role);
        Network.Heal();
        StartServer(leader.Settings);
        await Apply(await Leader(), "after");

        // It holds the entry, or nothing would be committed now. That it may apply it, it hears a moment later.
        await Eventually(() =>
        {
            Assert.Contains("acknowledged", behind.Applied);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_group_does_not_begin_before_each_of_its_first_voters_is_up()
    {
        StartServer(SettingsOf(1, 3));
        StartServer(SettingsOf(2, 3));
        await Eventually(
            async () => Assert.Contains("n3 has not answered", (await StatusOf(this[1])).NotServing, StringComparison.Ordinal));
        Assert.Contains("n1 is to begin", (await StatusOf(this[2])).NotServing, StringComparison.Ordinal);
        Assert.Equal((0, 0), ((await StatusOf(this[1])).LastLogIndex, (await StatusOf(this[2])).LastLogIndex));
        StartServer(SettingsOf(3, 3));
        await Apply(await Leader(), "a");
        var identities = await Task.WhenAll(Servers.Select(StatusOf));
        Assert.False(Assert.Single(identities.Select(static status => status.Identity).Distinct()).IsNone);
        Assert.Equal(3, identities.Select(static status => status.Journal).Distinct().Count());
    }

    [Fact]
    public async Task Two_servers_that_lost_their_disks_begin_nothing_beside_the_third()
    {
        StartCluster(3);
        await Apply(await Leader(), "acknowledged");
        await EveryoneApplied("acknowledged");
        foreach (var server in Servers.ToArray())
        {
            await StopAsync(server);
        }

        StartServer(WithEmptyDisk(SettingsOf(1, 3), 6));
        StartServer(WithEmptyDisk(SettingsOf(2, 3), 7));
        var third = StartServer(SettingsOf(3, 3));
        await Eventually(
            async () => Assert.Contains("has state already", (await StatusOf(this[1])).NotServing, StringComparison.Ordinal));
        await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(third)).Role));
        Assert.Equal((0, 0), ((await StatusOf(this[1])).LastLogIndex, (await StatusOf(this[2])).LastLogIndex));
        Assert.Equal(3, (await StatusOf(third)).LastLogIndex);

        // The disks are found again.
        await StopAsync(this[1]);
        await StopAsync(this[2]);
        StartServer(SettingsOf(1, 3));
        StartServer(SettingsOf(2, 3));
        await Leader();
        await EveryoneApplied("acknowledged");
    }

    [Fact]
    public async Task A_server_that_would_begin_a_group_alone_gets_no_company()
    {
        StartCluster(1);
        await Leader();
        StartEmpty(2);
        Assert.Contains(
            "raft.servers names this server alone",
            ReasonOf(await Ask<object>(this[1], new AddVoter(Id(2), AddressOf(2)))),
            StringComparison.Ordinal);

        // Started with a list that names the others, it keeps its data and may have company.
        await StopAsync(this[1]);
        StartServer(SettingsOf(1, 2));
        await LeaderAmong(this[1]);
        await Change(new AddVoter(Id(2), AddressOf(2)));
        await EveryoneKnows("n1 n2");

        // It is told when its list is changed back, while it has a journal to tell by. (Groups that grew under older versions
        // have such lists.)
        await StopAsync(this[1]);
        await CreateEventFilter(Sys).Warning(contains: "if it lost its disk it would begin another group by itself")
            .ExpectOneAsync(() => Task.FromResult(StartServer(SettingsOf(1, 1))));

        // With its disk lost it asks the other one, which has the group.
        await StopAsync(this[1]);
        StartServer(WithEmptyDisk(SettingsOf(1, 2)));
        await Eventually(
            async () => Assert.Contains("has state already", (await StatusOf(this[1])).NotServing, StringComparison.Ordinal));
        Assert.Equal(0, (await StatusOf(this[1])).LastLogIndex);
    }

    [Fact]
    public async Task A_list_that_names_none_of_the_voters_any_more_is_warned_of_once()
    {
        StartCluster(2);
        await Leader();
        foreach (var number in new[] { 3, 4 })
        {
            StartEmpty(number);
            await Change(new AddVoter(Id(number), AddressOf(number)));
        }

        // Said by both whose list it is, n1 and n2; the others have none.
        var warning = CreateEventFilter(Sys).Warning(contains: "raft.servers names n1, n2 as voters, and the group has n3, n4");
        await warning.ExpectAsync(2, Patience, async () =>
        {
            await Change(new DemoteVoter(Id(1)));
            await Change(new DemoteVoter(Id(2)));
        });
    }

    [Fact]
    public async Task Data_of_another_group_of_the_same_name_are_neither_followed_nor_changed()
    {
        StartCluster(3);
        await Apply(await Leader(), "ours");
        await EveryoneApplied("ours");
        var ours = (await StatusOf(this[1])).Identity;
        foreach (var server in Servers.ToArray())
        {
            await StopAsync(server);
        }

        // Two disks of another group that began with the same servers, and one that was forgotten.
        StartServer(WithEmptyDisk(SettingsOf(1, 3), 5));
        StartServer(WithEmptyDisk(SettingsOf(2, 3), 6));
        StartServer(WithEmptyDisk(SettingsOf(3, 3), 7));
        await Apply(await Leader(), "theirs");
        await EveryoneApplied("theirs");
        await StopAsync(this[3]);
        var foreign = StartServer(SettingsOf(3, 3));
        await Apply(await LeaderAmong(this[1], this[2]), "more");
        await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(foreign)).Role));
        Assert.Equal((3, ours), ((await StatusOf(foreign)).LastLogIndex, (await StatusOf(foreign)).Identity));
        Assert.Equal((0, true), ((await StatusOf(this[3])).CommitIndex, (await StatusOf(this[3])).LeaderId.IsNone));
        Assert.Empty(this[3].Applied);
    }

    /// <summary>The same server with a journal that holds nothing: the plugin of a server that the test does not use.</summary>
    private static RaftSettings WithEmptyDisk(RaftSettings settings, int plugin = 7) =>
        settings with { Journal = settings.Journal with { Plugin = $"test-journal.n{plugin}" } };
}
