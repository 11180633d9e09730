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
    public async Task A_vote_is_not_told_before_it_is_on_the_disk()
    {
        var voter = await StartWithLog(Patient(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        var candidate = ProbeAs(2);
        voter.Journal.Break(JournalFault.Hang);
        Send(candidate, new RequestVote(Header(2, 1, term: 5), 9, 4, LeadershipTransfer: false));
        await NothingButAPreVoteComes(candidate);

        voter.Journal.Heal();
        var answer = await candidate.ExpectMsgAsync<VoteResponse>();
        Assert.Equal((true, 5), (answer.Granted, answer.Header.Term));
    }

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
    public async Task What_waits_for_one_write_is_confirmed_once_by_the_latest()
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

    /// <summary>"The leader may even commit an entry before it has been written to its own disk, if a majority of followers have" (10.2.1).</summary>
    [Fact]
    public async Task A_leader_counts_itself_only_when_the_entry_is_on_its_own_disk()
    {
        var (one, other) = (ProbeAs(2), ProbeAs(3));
        var leader = await StartWithLog(Steadfast(SettingsOf(1, 3)), term: 1, ConfigurationOf(3), 1);
        Accept(one, await Elect(one));
        await Eventually(async () => Assert.Equal((2, 2), ((await StatusOf(leader)).CommitIndex, (await StatusOf(leader)).DurableIndex)));
        Accept(other, await Next<AppendEntries>(other));

        leader.Journal.Break(JournalFault.Hang);
        var answer = Ask<object>(leader, new Apply(Bytes("a")));
        Accept(one, await Next<AppendEntries>(one, HasEntry3));
        await Eventually(async () => Assert.Equal(
            3, (await StatusOf(leader)).Followers.Single(follower => follower.ServerId == Id(2)).MatchIndex));
        var status = await StatusOf(leader);
        Assert.Equal((3, 2, 2), (status.LastLogIndex, status.DurableIndex, status.CommitIndex));

        Accept(other, await Next<AppendEntries>(other, HasEntry3));
        Assert.IsType<Applied>(await answer);
        Assert.Equal(2, (await StatusOf(leader)).DurableIndex);
        leader.Journal.Heal();
        await Eventually(async () => Assert.Equal(3, (await StatusOf(leader)).DurableIndex));
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
