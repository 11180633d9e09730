using Akka.TestKit;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>Who may become leader (dissertation 3.4, 3.6.1 and 4.2.1).</summary>
public sealed class ElectionTests(ITestOutputHelper output) : ScenarioTest(output)
{
    /// <summary>"The voter denies its vote if its own log is more up-to-date than that of the candidate" (3.6.1).</summary>
    [Theory]
    [InlineData(3, 2, false)] // the same term, but shorter
    [InlineData(2, 100, false)] // longer, but of an older term
    [InlineData(3, 3, true)]
    [InlineData(3, 4, true)]
    [InlineData(4, 1, true)]
    public async Task A_candidate_without_the_voters_entries_gets_no_vote(long lastTerm, long lastIndex, bool granted)
    {
        await StartWithLog(Patient(SettingsOf(1, 3)), term: 3, ConfigurationOf(3), 1, 3, 3);
        var candidate = ProbeAs(2);
        Assert.Equal(granted, (await AskPreVote(candidate, 2, term: 5, lastIndex, lastTerm)).Granted);
        var answer = await AskVote(candidate, 2, term: 5, lastIndex, lastTerm);
        Assert.Equal((granted, 5), (answer.Granted, answer.Header.Term));
    }

    /// <summary>Leader completeness, with real servers: whoever lacks a committed entry cannot win, however early it tries.</summary>
    [Fact]
    public async Task A_server_that_lacks_a_committed_entry_does_not_win()
    {
        await StartWithLog(SettingsOf(1, 3) with { PreVote = false }, term: 2, ConfigurationOf(3), 1, 1);
        await StartWithLog(SettingsOf(2, 3), term: 2, ConfigurationOf(3), 1, 1, 2);
        await StartWithLog(SettingsOf(3, 3), term: 2, ConfigurationOf(3), 1, 1, 2);
        Network.Records = message => message is VoteResponse { Granted: true } && message.Header.To == Id(1);
        var leader = await LeaderAmong(this[2], this[3]);
        Assert.NotEqual(RaftRole.Leader, (await StatusOf(this[1])).Role);
        Assert.Empty(Network.Delivered);
        await Apply(leader, "x");
        await EveryoneApplied("2/1", "3/2", "x");
    }

    /// <summary>Servers vote "at most once" in a term, and the vote is kept "on stable storage" (3.4 and 3.8).</summary>
    [Fact]
    public async Task A_vote_outlives_a_restart()
    {
        var settings = Patient(SettingsOf(1, 3));
        var voter = await StartWithLog(settings, term: 1, ConfigurationOf(3), 1);
        Assert.True((await AskVote(ProbeAs(2), 2, term: 5)).Granted);

        await StopAsync(voter);
        StartServer(settings);
        await Eventually(async () => Assert.Equal(Id(2), Assert.IsType<RaftStatus>(await Ask<object>(this[1], new GetStatus())).VotedFor));
        Assert.False((await AskVote(ProbeAs(3), 3, term: 5)).Granted);
        Assert.True((await AskVote(ProbeAs(2), 2, term: 5)).Granted, "the same candidate may ask again, for the answer may be lost");
        Assert.True((await AskVote(ProbeAs(3), 3, term: 6)).Granted);
    }

    [Fact]
    public async Task A_term_never_falls_also_over_a_restart()
    {
        var settings = Patient(SettingsOf(1, 3));
        var voter = await StartWithLog(settings, term: 1, ConfigurationOf(3), 1);
        Assert.False((await AskVote(ProbeAs(2), 2, term: 7, lastIndex: 0, lastTerm: 0)).Granted);
        await Eventually(async () => Assert.Equal(7, (await StatusOf(voter)).Term));

        // The refusal needs no disk; that a granted vote is written behind it shows that the term is.
        Assert.True((await AskVote(ProbeAs(2), 2, term: 7)).Granted);
        await StopAsync(voter);
        StartServer(settings);
        await Eventually(async () => Assert.Equal(7, Assert.IsType<RaftStatus>(await Ask<object>(this[1], new GetStatus())).Term));
        var late = await AskVote(ProbeAs(3), 3, term: 6);
        Assert.Equal((false, 7), (late.Granted, late.Header.Term));
    }

    /// <summary>A server that hears from a leader helps nobody to depose it (4.2.3).</summary>
    [Fact]
    public async Task A_follower_of_a_live_leader_neither_votes_nor_takes_up_the_term()
    {
        await StartWithLog(Patient(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        var leader = ProbeAs(2);
        Send(leader, new Heartbeat(Header(2, 1, term: 2), 1));
        await Next<HeartbeatResponse>(leader);
        Assert.False((await AskPreVote(ProbeAs(3), 3, term: 3)).Granted);
        Assert.False((await AskVote(ProbeAs(3), 3, term: 3)).Granted);
        Assert.Equal(2, (await StatusOf(this[1])).Term);
    }

    /// <summary>Nonvoters "are not counted towards majorities" and call no elections (4.2.1).</summary>
    [Fact]
    public async Task A_nonvoter_does_not_campaign()
    {
        // n1 (a nonvoter) and n2 have the same timeouts and neither hears from a leader; n3 is silent.
        Network.Records = static message => message is RequestPreVote or RequestVote;
        var configuration = WithNonvoter(1);
        await StartWithLog(SettingsOf(1, 3), term: 1, configuration, 1);
        await StartWithLog(SettingsOf(2, 3), term: 1, configuration, 1);
        var silent = ProbeAs(3);
        for (var campaigns = 0; campaigns < 5; campaigns++)
        {
            Assert.Equal(Id(2), (await Next<RequestPreVote>(silent)).Header.From);
        }

        Assert.Equal((RaftRole.Follower, 1), ((await StatusOf(this[1])).Role, (await StatusOf(this[1])).Term));
        Assert.All(Network.Delivered, static message => Assert.Equal(Id(2), message.Header.From));
        Assert.All(Network.Delivered, static message => Assert.Equal(Id(3), message.Header.To));
    }

    [Fact]
    public async Task A_nonvoter_does_not_count_towards_a_majority()
    {
        OnlyCandidate(1);
        var configuration = WithNonvoter(3);
        await StartWithLog(Steadfast(SettingsOf(1, 3)), term: 1, configuration, 1);
        var voter = ProbeAs(2);
        await StartWithLog(SettingsOf(3, 3), term: 1, configuration, 1);
        var first = await Elect(voter);

        // n1 and n3 hold the entry, two of three servers but one of two voters.
        await Eventually(async () =>
        {
            var leader = await StatusOf(this[1]);
            Assert.Equal(2, leader.Followers.Single(follower => follower.ServerId == Id(3)).MatchIndex);
            Assert.Equal((2, 0), (leader.DurableIndex, leader.CommitIndex));
        });
        Accept(voter, first);
        await Eventually(async () => Assert.Equal(2, (await StatusOf(this[1])).CommitIndex));
    }

    private static Configuration WithNonvoter(int number) => new(
        [.. ConfigurationOf(3).Servers.Select(server => server.Id == Id(number) ? server with { Suffrage = Suffrage.Nonvoter } : server)]);

    private async Task<PreVoteResponse> AskPreVote(TestProbe candidate, int number, long term, long lastIndex = 100, long lastTerm = 100)
    {
        Send(candidate, new RequestPreVote(Header(number, 1, term), lastIndex, lastTerm));
        return await Next<PreVoteResponse>(candidate);
    }

    private async Task<VoteResponse> AskVote(TestProbe candidate, int number, long term, long lastIndex = 100, long lastTerm = 100)
    {
        Send(candidate, new RequestVote(Header(number, 1, term), lastIndex, lastTerm, LeadershipTransfer: false));
        return await Next<VoteResponse>(candidate);
    }
}
