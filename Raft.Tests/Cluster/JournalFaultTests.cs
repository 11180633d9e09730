using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Journals that fail, reject and hang: the others go on, clients are told the truth, and the node comes back by itself.</summary>
public sealed class JournalFaultTests(ITestOutputHelper output) : ClusterTest(output)
{
    protected override RaftSettings SettingsOf(int number, int size)
    {
        var settings = base.SettingsOf(number, size);
        return settings with { Journal = settings.Journal with { StallTimeout = TimeSpan.FromMilliseconds(600) } };
    }

    [Theory]
    [InlineData(JournalFault.Fail, "a write failed: the test's disk fails")]
    [InlineData(JournalFault.FailAfterWrite, "a write failed: the test's disk fails after writing")]
    [InlineData(JournalFault.Reject, "a write was rejected: the test's journal rejects")]
    public async Task A_leader_that_cannot_write_says_so_and_the_others_go_on(JournalFault fault, string reason)
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");

        // What it cannot write reaches nobody else either: the outcome is open.
        Network.Drop(static message => message is AppendEntries { Entries.IsEmpty: false });
        leader.Journal.Break(fault);
        var open = Send(leader, "open");
        var failure = Assert.IsType<StorageFailed>(await AnswerTo(open));
        Assert.Equal((reason, Outcome.Unknown), (failure.Reason, failure.Outcome));
        Network.Heal();
        await Eventually(async () => Assert.Equal(reason, Assert.IsType<Unavailable>(await Ask<object>(leader, new GetStatus())).Reason));

        var newLeader = await LeaderAmong([.. Servers.Where(server => server != leader)]);
        await Apply(newLeader, "after");
        leader.Journal.Heal();
        await EveryAnswerIsTrue([open]);
        Assert.Equal(["before", "after"], leader.Applied[..2].AsEnumerable());
    }

    [Theory]
    [InlineData(JournalFault.Fail)]
    [InlineData(JournalFault.FailAfterWrite)]
    [InlineData(JournalFault.Reject)]
    [InlineData(JournalFault.Hang)]
    public async Task A_follower_that_cannot_write_holds_nobody_up_and_comes_back(JournalFault fault)
    {
        StartCluster(3);
        var leader = await Leader();
        var follower = Servers.First(server => server != leader);
        follower.Journal.Break(fault);
        string[] commands = [.. Enumerable.Range(0, 50).Select(static number => $"c{number}")];
        foreach (var command in commands)
        {
            await Apply(leader, command);
        }

        Assert.Empty(follower.Applied);
        follower.Journal.Heal();
        await EveryoneApplied(commands);
    }

    [Fact]
    public async Task While_its_journal_hangs_a_server_gives_no_vote_and_does_not_campaign()
    {
        var server = await StartAlone(SettingsOf(1, 3), 3);
        await Eventually(async () => Assert.True(Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus())).DurableIndex > 0));
        server.Journal.Break(JournalFault.Hang);
        var voter = CreateTestProbe();
        TellNode(server, new RequestVote(new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), 50), 1, 1, LeadershipTransfer: false), voter.Ref);

        // The write of the vote is on its way; when it has been there for too long, the server knows.
        var preVotes = CreateTestProbe();
        await Eventually(async () =>
        {
            TellNode(server, new RequestPreVote(new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), 1000), 1, 1), preVotes.Ref);
            Assert.False((await preVotes.ExpectMsgAsync<PreVoteResponse>(Patience)).Granted);
        });
        Network.Records = static message => message is RequestPreVote or RequestVote;
        var asked = 0;
        await Eventually(async () =>
        {
            // The election timer has fired by now: it asks nobody as long as the journal hangs.
            Assert.Equal(RaftRole.Follower, (await StatusOf(server)).Role);
            Assert.True(++asked > 10);
        });
        Assert.Empty(Network.Delivered);
        Assert.False(voter.HasMessages);

        server.Journal.Heal();
        Assert.True((await voter.ExpectMsgAsync<VoteResponse>(Patience)).Granted);
        await Eventually(() =>
        {
            Assert.NotEmpty(Network.Delivered);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task The_pauses_between_restarts_grow_up_to_their_bound()
    {
        var server = StartServer(SettingsOf(1, 1) with { RestartMinBackoff = TimeSpan.FromMilliseconds(50), RestartMaxBackoff = TimeSpan.FromMilliseconds(400) });
        await Leader();
        server.Journal.OnRead = static _ => throw new IOException("the test's disk cannot be read");
        server.Journal.Break(JournalFault.Fail);
        await AnswerTo(Send(server, "x"));
        await Eventually(() =>
        {
            Assert.True(server.Journal.Reads.Length >= 8, $"{server.Journal.Reads.Length} lives");
            return Task.CompletedTask;
        });

        // A pause may be longer on a busy machine and is never shorter: the bound less a fifth, and less the clock's grain.
        var reads = server.Journal.Reads;
        double[] least = [50, 100, 200, 400, 400, 400];
        for (var life = 1; life <= least.Length; life++)
        {
            Assert.True((reads[life + 1] - reads[life]).TotalMilliseconds >= (least[life - 1] * 0.8) - 20 || life == 1, string.Join(' ', reads));
        }

        server.Journal.OnRead = null;
        server.Journal.Heal();
        await Apply(await Leader(), "a");
    }
}
