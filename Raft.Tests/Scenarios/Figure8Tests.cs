using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>
/// Figure 8 of the extended paper (figure 3.7 of the dissertation): "a time sequence showing why a leader cannot determine
/// commitment using log entries from older terms". The entry that a leader appends when its term begins is the
/// figure's entry of that term. The figure's terms 2, 3 and 4 may be later ones here, if an election took two tries.
/// </summary>
public sealed class Figure8Tests(ITestOutputHelper output) : ScenarioTest(output)
{
    private long _term2;
    private long _term3;

    protected override RaftSettings SettingsOf(int number, int size)
    {
        // An entry to a message, so that an old entry may arrive without the one behind it.
        var settings = base.SettingsOf(number, size);
        return settings with { Replication = settings.Replication with { MaxEntriesPerMessage = 1 } };
    }

    [Fact]
    public async Task An_entry_of_an_older_term_is_not_committed_by_counting_and_may_be_replaced()
    {
        await StepsAToC();

        // (d) "If S1 crashes, S5 could be elected leader (with votes from S2, S3, and S4) and overwrite the entry with its
        // own entry from term 3."
        await StopAsync(this[1]);
        OnlyCandidate(5);
        StartServer(SettingsOf(5, 5));
        await LeaderAmong(this[5]);
        StartServer(SettingsOf(1, 5));
        await EveryoneHolds(1, _term3);
    }

    [Fact]
    public async Task An_entry_of_an_older_term_is_committed_along_with_one_of_the_own_term()
    {
        await StepsAToC();

        // (e) "However, if S1 replicates an entry from its current term on a majority of the servers before crashing, then
        // this entry is committed (S5 cannot win an election)."
        OnlyCandidate(1, append => append.Header.To == Id(2) || append.Header.To == Id(3));
        await Eventually(async () => Assert.True((await StatusOf(this[1])).CommitIndex >= 3));
        var term4 = (await JournalTermsOf(1))[2];
        await StopAsync(this[1]);

        Network.Records = static message => message is VoteResponse;
        OnlyCandidate(5);
        StartServer(SettingsOf(5, 5) with { PreVote = false });
        await Eventually(() =>
        {
            var refusals = Network.Delivered.OfType<VoteResponse>().Where(vote => vote.Header.To == Id(5) && !vote.Granted).ToArray();
            Assert.True(refusals.Count(vote => vote.Header.From == Id(2)) >= 3);
            Assert.True(refusals.Count(vote => vote.Header.From == Id(3)) >= 3);
            return Task.CompletedTask;
        });
        Assert.NotEqual(RaftRole.Leader, (await StatusOf(this[5])).Role);

        await StopAsync(this[5]);
        OnlyCandidate(2);
        StartServer(SettingsOf(5, 5));
        StartServer(SettingsOf(1, 5));
        await LeaderAmong(this[2]);
        await EveryoneHolds(1, _term2, term4);
    }

    private async Task StepsAToC()
    {
        for (var number = 1; number <= 5; number++)
        {
            await StartWithLog(SettingsOf(number, 5), term: 1, ConfigurationOf(5), 1);
        }

        // (a) "S1 is leader and partially replicates the log entry at index 2": to S2.
        OnlyCandidate(1, append => append.Header.To == Id(2));
        await LeaderInOffice(1);
        await Eventually(async () =>
        {
            _term2 = Assert.Single(await Behind(1, 1));
            Assert.Equal([_term2], await Behind(1, 2));
        });

        // (b) "S1 crashes; S5 is elected leader for term 3 with votes from S3, S4, and itself, and accepts a different entry
        // at log index 2."
        await StopAsync(this[1]);
        OnlyCandidate(5, static _ => false);
        await LeaderInOffice(5);
        await Eventually(async () => _term3 = (await Behind(1, 5))[0]);
        Assert.True(_term3 > _term2);

        // (c) "S5 crashes; S1 restarts, is elected leader, and continues replication. At this point, the log entry from term 2
        // has been replicated on a majority of the servers, but it is not committed." S4 gets it here as well as S3,
        // for to learn that S2 has it S1 would have to bring S2 its entry of term 4.
        await StopAsync(this[5]);
        OnlyCandidate(1, append => append.Entries[0].Term <= _term2 && append.Header.To != Id(2));
        StartServer(SettingsOf(1, 5));
        await LeaderInOffice(1);
        await Eventually(async () =>
        {
            var leader = await StatusOf(this[1]);
            Assert.Equal(
                [2L, 2L], leader.Followers.Where(follower => follower.ServerId == Id(3) || follower.ServerId == Id(4)).Select(static follower => follower.MatchIndex));
            Assert.Equal((RaftRole.Leader, 0), (leader.Role, leader.CommitIndex));
        });
        Assert.Equal([_term2], await Behind(1, 3));
        Assert.Equal([_term2], await Behind(1, 4));
    }

    /// <summary>A leader that cannot commit an entry yet confirms nothing to clients, so its role is what is waited for.</summary>
    private Task LeaderInOffice(int number) => Eventually(async () =>
    {
        Assert.Equal(RaftRole.Leader, (await StatusOf(this[number])).Role);
        Assert.True((await StatusOf(this[number])).DurableIndex >= 2);
    });

    /// <summary>The terms that a server's durable log has behind an index.</summary>
    private async Task<long[]> Behind(int index, int number) => (await JournalTermsOf(number))[index..];

    private Task EveryoneHolds(params long[] terms) => Eventually(async () =>
    {
        var all = await EqualLogs([.. Servers]);
        Assert.Equal(5, Servers.Length);
        Assert.Equal(terms, all.Take(terms.Length));
    });
}
