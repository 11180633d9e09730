using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Servers that join, move, lose their vote and leave (hashicorp/raft's TestRaft_JoinNode and those after it).</summary>
public sealed class MembershipTests(ITestOutputHelper output) : MembershipTest(output)
{
    [Fact]
    public async Task A_server_that_is_added_catches_up_and_votes()
    {
        await StartFirst();
        await Apply(await Leader(), "a");
        StartEmpty(2);
        var changed = await Change(new AddVoter(Id(2), AddressOf(2)));
        Assert.Equal([Id(1), Id(2)], changed.Configuration.Voters.AsEnumerable());
        await EveryoneKnows("n1 n2");
        Assert.Equal(["a"], (await Settled())[..1]);
        StartEmpty(3);
        await Change(new AddVoter(Id(3), AddressOf(3)));

        // Its vote counts: the two that came later lead without the first.
        await StopAsync(this[1]);
        await Apply(await LeaderAmong(this[2], this[3]), "b");
    }

    [Fact]
    public async Task A_follower_that_is_removed_learns_of_it_and_disturbs_nobody()
    {
        StartCluster(3);
        var leader = await Leader();
        var removed = Other(leader);
        var term = (await StatusOf(leader)).Term;
        await CreateEventFilter(Sys).Warning(contains: $"/{removed.Id} was removed from its group by entry ").ExpectOneAsync(() => Change(new RemoveServer(removed.Id)));
        await EveryoneKnows(string.Join(' ', Servers.Where(server => server != removed).Select(static server => server.Id)));
        await Eventually(async () => Assert.True((await StatusOf(removed)).LeaderId.IsNone));
        await Eventually(async () => Assert.True((await StatusOf(removed)).LastLeaderContact > removed.Settings.ElectionTimeout * 4));
        Assert.Equal((RaftRole.Leader, term), ((await StatusOf(leader)).Role, (await StatusOf(leader)).Term));
        Assert.Equal((RaftRole.Follower, term), ((await StatusOf(removed)).Role, (await StatusOf(removed)).Term));

        // Who asks it is told why nobody answers there, and asks elsewhere.
        var answer = Assert.IsType<Unavailable>(await Ask<object>(removed, new Apply(Bytes("a"))));
        Assert.Contains($"server {removed.Id} is not in the group's configuration", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_removed_shuts_down_if_it_is_set_to()
    {
        for (var number = 1; number <= 3; number++)
        {
            StartServer(SettingsOf(number, 3) with { ShutdownOnRemove = true });
        }

        var leader = await Leader();
        var removed = Other(leader);
        await Change(new RemoveServer(removed.Id));
        await GoneAsync(removed);
        await Apply(leader, "a");
        var last = Other(leader);
        await Change(new RemoveServer(leader.Id));
        await GoneAsync(leader);
        await Apply(await LeaderAmong(last), "b");
    }

    /// <summary>The only server that has the entry is the one that it leaves out: it must still lead until the other has it (4.2.2).</summary>
    [Fact]
    public async Task A_leader_that_dies_while_it_removes_itself_is_still_needed()
    {
        StartCluster(2);
        var leader = await Leader();
        var other = Other(leader);
        Network.Drop(static message => message is AppendEntries { Entries.IsEmpty: false });
        var removal = Send(leader, string.Empty, new RemoveServer(leader.Id));
        await Eventually(async () => Assert.Equal([other.Id], (await ConfigurationAt(leader)).Configuration.Voters.AsEnumerable()));
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).LastLogIndex, (await StatusOf(leader)).DurableIndex));
        await StopAsync(leader);
        Network.Heal();
        var again = StartServer(leader.Settings);
        await Apply(await LeaderAmong(other), "a");
        await EveryoneKnows(other.Id.Value);
        Assert.Equal(RaftRole.Follower, (await StatusOf(again)).Role);
        Assert.All(removal.Answers, static answer => Assert.Equal(Outcome.Unknown, Assert.IsAssignableFrom<RaftFailure>(answer).Outcome));
    }

    [Fact]
    public async Task A_voter_that_is_demoted_counts_no_more_and_may_vote_again()
    {
        StartCluster(2);
        var leader = await Leader();
        var other = Other(leader);
        await Change(new DemoteVoter(other.Id));
        Network.Isolate(other.Id);
        await Apply(leader, "alone");
        Network.Heal();
        await Change(new AddVoter(other.Id, $"akka.test://raft@{other.Id}:1"));
        await EveryoneKnows("n1 n2");
        await Change(new DemoteVoter(leader.Id));
        await Apply(await LeaderAmong(other), "led by the other");
        Assert.Equal(RaftRole.Follower, (await StatusOf(leader)).Role);
    }

    [Fact]
    public async Task A_server_that_is_known_is_not_added_again()
    {
        StartCluster(3);
        await Leader();
        await Change(new AddVoter(Id(2), AddressOf(2)));
        Assert.All(await Task.WhenAll(Servers.Select(ConfigurationAt)), static known => Assert.Equal(1, known.Index));
    }

    [Fact]
    public async Task A_change_that_breaks_a_rule_is_refused_with_the_reason()
    {
        StartCluster(3);
        var leader = await Leader();
        var follower = Other(leader);
        var index = (await ConfigurationAt(leader)).Index;
        Assert.Contains("n7 is not a member", ReasonOf(await Ask<object>(leader, new RemoveServer(Id(7)))), StringComparison.Ordinal);
        Assert.Contains("has the address", ReasonOf(await Ask<object>(leader, new AddVoter(Id(7), AddressOf(1)))), StringComparison.Ordinal);
        Assert.Contains("not an address", ReasonOf(await Ask<object>(leader, new AddVoter(Id(7), "n7"))), StringComparison.Ordinal);
        Assert.Contains("on top of", ReasonOf(await Ask<object>(leader, new RemoveServer(follower.Id) { PreviousIndex = index + 1 })), StringComparison.Ordinal);
        await Eventually(async () => Assert.Equal(leader.Id, Assert.IsType<NotLeader>(await Ask<object>(follower, new RemoveServer(Id(1)))).LeaderId));
        await Change(new DemoteVoter(follower.Id));
        await Change(new DemoteVoter(Other(leader, follower).Id) { PreviousIndex = (await ConfigurationAt(leader)).Index });
        Assert.Contains("last voter", ReasonOf(await Ask<object>(leader, new RemoveServer(leader.Id))), StringComparison.Ordinal);
        Assert.Contains("last voter", ReasonOf(await Ask<object>(leader, new DemoteVoter(leader.Id))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_change_at_a_time_and_none_before_the_first_commit_of_the_term()
    {
        StartCluster(3);
        var first = await Leader();
        Network.Drop(static message => message is AppendEntries { Entries.IsEmpty: false });

        // By force, for a leader of a moment may not have heard all of them yet.
        var pending = Send(first, string.Empty, new DemoteVoter(Other(first).Id) { Force = true });
        Assert.Contains("not committed yet", ReasonOf(await Ask<object>(first, new RemoveServer(Other(first).Id))), StringComparison.Ordinal);
        await StopAsync(first);
        Assert.Equal(Outcome.Unknown, Assert.IsAssignableFrom<RaftFailure>(await AnswerTo(pending)).Outcome);

        // Nothing passes, so whoever is elected cannot commit the first entry of its term.
        var second = Servers[0];
        await Eventually(async () =>
        {
            foreach (var server in Servers)
            {
                second = (await StatusOf(server)).Role == RaftRole.Leader ? server : second;
            }

            Assert.Contains("an entry of its term", ReasonOf(await Ask<object>(second, new RemoveServer(first.Id))), StringComparison.Ordinal);
        });
        Network.Heal();
        await Change(new RemoveServer(first.Id));
        await Apply(await Leader(), "a");
    }

    [Fact]
    public async Task A_new_voter_that_does_not_answer_stays_a_nonvoter_and_commits_go_on()
    {
        await StartFirst();
        var leader = await Leader();
        var adding = Send(leader, string.Empty, new AddVoter(Id(2), AddressOf(2)) { CatchUpTimeout = TimeSpan.FromMilliseconds(500), Force = true });
        await Apply(leader, "a");
        Assert.Contains("has to catch up first", ReasonOf(await Ask<object>(leader, new AddNonvoter(Id(3), AddressOf(3)))), StringComparison.Ordinal);
        Assert.Contains("not caught up", ReasonOf(await AnswerTo(adding)), StringComparison.Ordinal);
        await EveryoneKnows("n1 n2?");
        await Apply(leader, "b");

        // Given up while it catches up.
        var again = Send(leader, string.Empty, new AddVoter(Id(2), AddressOf(2)));
        await Change(new RemoveServer(Id(2)));
        Assert.Contains("removed before", ReasonOf(await AnswerTo(again)), StringComparison.Ordinal);
        StartEmpty(2);
        await Change(new AddVoter(Id(2), AddressOf(2)));
        await Settled();
    }

    [Fact]
    public async Task A_server_that_moved_is_found_by_all_once_its_address_is_changed()
    {
        StartCluster(3);
        var leader = await Leader();
        var moved = Other(leader);
        await StopAsync(moved);
        Network.Move(moved.Id, "akka.test://raft@elsewhere:2");
        StartServer(moved.Settings);
        await Apply(leader, "while it is not found");
        await Change(new AddVoter(moved.Id, "akka.test://raft@elsewhere:2"));
        await Settled();

        // Its peers find it too: with the leader gone, the two that are left need each other.
        Network.Isolate(leader.Id);
        await Apply(await LeaderAmong([.. Servers.Where(server => server.Id != leader.Id)]), "b");
    }

    [Fact]
    public async Task A_server_that_is_removed_and_added_again_within_a_term_follows_again()
    {
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        var server = Other(leader);
        for (var time = 0; time < 3; time++)
        {
            await Change(new RemoveServer(server.Id));
            await Change(new AddVoter(server.Id, $"akka.test://raft@{server.Id}:1"));
        }

        await Settled();
        Assert.Equal(term, (await StatusOf(leader)).Term);
    }

    /// <summary>
    /// All servers but one are replaced while that one hears nothing. When one of the new ones dies, the others need the vote of the
    /// server that does not know any of them.
    /// </summary>
    [Fact]
    public async Task A_server_that_slept_through_many_changes_votes_for_servers_it_does_not_know()
    {
        StartCluster(3);
        var leader = await Leader();
        var asleep = Other(leader);
        Network.Isolate(asleep.Id);
        StartEmpty(4);
        StartEmpty(5);
        await Change(new AddVoter(Id(4), AddressOf(4)));
        await Change(new AddVoter(Id(5), AddressOf(5)));
        foreach (var old in Servers.Where(server => server != asleep && server.Id != Id(4) && server.Id != Id(5)))
        {
            await Change(new RemoveServer(old.Id));
        }

        await EveryoneKnows($"{asleep.Id} n4 n5", this[4], this[5]);
        foreach (var old in Servers.Where(server => server != asleep && server.Id != Id(4) && server.Id != Id(5)))
        {
            await StopAsync(old);
        }

        await StopAsync(this[5]);
        Network.Heal();
        await Apply(await LeaderAmong(this[4]), "with the vote of one that slept");
        await EveryoneKnows($"{asleep.Id} n4 n5");
    }

    [Fact]
    public async Task A_server_that_nobody_finds_is_not_taken_in_unless_that_is_forced()
    {
        var first = StartServer(SettingsOf(1, 1) with
        {
            InitialConfiguration = Raft.Actors.Model.Configuration.Empty,
            Membership = new MembershipSettings { AnswerTimeout = TimeSpan.FromMilliseconds(500) },
        });
        await Eventually(async () => Assert.IsType<ConfigurationChanged>(await Ask<object>(first, new Bootstrap(ConfigurationOf(1)))));
        await Apply(await Leader(), "a");
        foreach (var request in new MembershipRequest[] { new AddVoter(Id(2), AddressOf(2)), new AddNonvoter(Id(2), AddressOf(2)) })
        {
            Assert.Contains($"nobody answers at {AddressOf(2)} as server n2", ReasonOf(await Ask<object>(first, request)), StringComparison.Ordinal);
            await EveryoneKnows("n1");
        }

        // One change at a time: this one is not begun, and is given up for a removal.
        var asked = Send(first, string.Empty, new AddVoter(Id(2), AddressOf(2)));
        Assert.Contains("waits for an answer of n2", ReasonOf(await Ask<object>(first, new AddNonvoter(Id(3), AddressOf(3)))), StringComparison.Ordinal);
        Assert.Contains("not a member", ReasonOf(await Ask<object>(first, new RemoveServer(Id(2)))), StringComparison.Ordinal);
        Assert.Contains("before it had answered", ReasonOf(await AnswerTo(asked)), StringComparison.Ordinal);

        await Change(new AddNonvoter(Id(2), AddressOf(2)) { Force = true });
        await EveryoneKnows("n1 n2?");
        StartEmpty(2);
        Network.Move(Id(2), AddressOf(2));
        await Change(new AddVoter(Id(2), AddressOf(2)));
        Assert.Contains("nobody answers at akka.test://raft@elsewhere:2", ReasonOf(await Ask<object>(first, new AddVoter(Id(2), "akka.test://raft@elsewhere:2"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leader_that_loses_its_office_while_it_waits_for_a_new_server_says_that_nothing_was_done()
    {
        StartCluster(3);
        var leader = await Leader();
        var asked = Send(leader, string.Empty, new AddVoter(Id(7), AddressOf(7)));
        Network.Isolate(leader.Id);
        Assert.Equal(Outcome.NotDone, Assert.IsType<NotLeader>(await AnswerTo(asked)).Outcome);
    }
}
