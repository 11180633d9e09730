using Akka.TestKit;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Scenarios;

/// <summary>
/// "Each server persists its current term and vote ... before responding to RPCs" (3.8). While the journal hangs, the
/// server still answers what asserts nothing; that such an answer to a later message comes first shows, without any
/// waiting, that the one in question was not sent.
/// </summary>
public sealed class DurabilityTests(ITestOutputHelper output) : ScenarioTest(output)
{
    [Fact]
    public async Task An_append_does_not_succeed_before_it_is_on_the_disk()
    {
        var follower = await StartWithLog(Patient(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        var leader = ProbeAs(2);
        Send(leader, new Heartbeat(Header(2, 1, term: 5), 1));
        await leader.ExpectMsgAsync<HeartbeatResponse>();

        follower.Journal.Break(JournalFault.Hang);
        Send(leader, new AppendEntries(Header(2, 1, term: 5), 1, 1, 1, Entries(2, 5, 5), LeaderCommit: 2));
        Send(leader, new AppendEntries(Header(2, 1, term: 5), 2, 3, 5, [], LeaderCommit: 2));
        Send(leader, new Heartbeat(Header(2, 1, term: 5), 2));
        Assert.Equal(2, (await leader.ExpectMsgAsync<HeartbeatResponse>()).Sequence);
        var hanging = await StatusOf(follower);
        Assert.Equal((3, 1, 0), (hanging.LastLogIndex, hanging.DurableIndex, hanging.CommitIndex));

        follower.Journal.Heal();
        Assert.Equal((2, true, 3), Parts(await leader.ExpectMsgAsync<AppendEntriesResponse>()));
        await Eventually(async () => Assert.Equal((3, 2), ((await StatusOf(follower)).DurableIndex, (await StatusOf(follower)).CommitIndex)));
    }

    /// <summary>A leader that hears nothing asks again and again; a disk that hangs must not pile up what it will be told.</summary>
    [Fact]
    public async Task Messages_that_wait_for_one_write_get_one_confirmation()
    {
        var follower = await StartWithLog(Patient(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        var leader = ProbeAs(2);
        Send(leader, new Heartbeat(Header(2, 1, term: 5), 1));
        await leader.ExpectMsgAsync<HeartbeatResponse>();

        follower.Journal.Break(JournalFault.Hang);
        Send(leader, new AppendEntries(Header(2, 1, term: 5), 1, 1, 1, Entries(2, 5, 5), LeaderCommit: 1));
        await Eventually(async () => Assert.Equal(3, (await StatusOf(follower)).LastLogIndex));
        for (var sequence = 2; sequence <= 50; sequence++)
        {
            Send(leader, new AppendEntries(Header(2, 1, term: 5), sequence, 1, 1, Entries(2, 5), LeaderCommit: 2));
        }

        // What a message brings that needs another write is confirmed by itself.
        Send(leader, new AppendEntries(Header(2, 1, term: 5), 51, 3, 5, Entries(4, 5), LeaderCommit: 2));
        follower.Journal.Heal();
        Assert.Equal((50, true, 3), Parts(await leader.ExpectMsgAsync<AppendEntriesResponse>()));
        Assert.Equal((51, true, 4), Parts(await leader.ExpectMsgAsync<AppendEntriesResponse>()));
    }

    [Fact]
    public async Task A_leaders_new_term_is_not_confirmed_before_it_is_on_the_disk()
    {
        var follower = await StartWithLog(Patient(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        var leader = ProbeAs(2);
        follower.Journal.Break(JournalFault.Hang);
        Send(leader, new Heartbeat(Header(2, 1, term: 5), 1));
        await NothingButAPreVoteComes(leader);

        follower.Journal.Heal();
        Assert.Equal(5, (await leader.ExpectMsgAsync<HeartbeatResponse>()).Header.Term);
    }

    [Fact]
    public async Task A_candidate_asks_nobody_before_its_own_vote_is_on_the_disk()
    {
        var voter = ProbeAs(2);
        var candidate = await StartWithLog(Steadfast(SettingsOf(1, 2)), term: 1, ConfigurationOf(2), 1);
        var request = await Next<RequestPreVote>(voter);
        candidate.Journal.Break(JournalFault.Hang);
        Grant(voter, request);
        await Eventually(async () => Assert.Equal(RaftRole.Candidate, (await StatusOf(candidate)).Role));
        await NothingButAPreVoteComes(voter);

        candidate.Journal.Heal();
        Assert.Equal(2, (await voter.ExpectMsgAsync<RequestVote>()).Header.Term);
    }

    private static bool HasEntry3(AppendEntries append) => !append.Entries.IsEmpty && append.Entries[^1].Index == 3;

    /// <summary>Asks for a pre-vote, which asserts nothing of the disk, and takes its answer: no other answer came before it.</summary>
    private async Task NothingButAPreVoteComes(TestProbe probe)
    {
        Send(probe, new RequestPreVote(Header(2, 1, term: 99), 0, 0));
        await probe.ExpectMsgAsync<PreVoteResponse>();
    }

    private static (long Sequence, bool Success, long MatchIndex) Parts(AppendEntriesResponse response) =>
        (response.Sequence, response.Success, response.MatchIndex);
}
