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
