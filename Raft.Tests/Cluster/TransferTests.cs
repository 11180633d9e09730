using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Leadership that is handed over (dissertation 3.10; hashicorp/raft's TestRaft_LeadershipTransfer and those after it).</summary>
public sealed class TransferTests(ITestOutputHelper output) : MembershipTest(output)
{
    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public async Task The_named_server_leads(int size)
    {
        StartCluster(size);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        var next = Servers.Last(server => server != leader);
        await Eventually(async () => Assert.Equal(leader.Id, (await StatusOf(next)).LeaderId));
        var moved = Assert.IsType<LeadershipTransferred>(await Ask<object>(leader, new TransferLeadership(next.Id)));
        Assert.Equal((next.Id, term + 1), (moved.LeaderId, moved.Term));
        await Apply(await LeaderAmong(next), "a");
    }

    [Fact]
    public async Task Without_a_name_the_server_with_the_longest_log_leads()
    {
        StartCluster(3);
        var leader = await Leader();
        var behind = Servers.First(server => server != leader);
        var ahead = Servers.Last(server => server != leader);
        Network.Drop(message => message is AppendEntries && message.Header.To == behind.Id);
        await Apply(leader, "a");
        var moved = Assert.IsType<LeadershipTransferred>(await Ask<object>(leader, new TransferLeadership()));
        Assert.Equal(ahead.Id, moved.LeaderId);
    }

    [Fact]
    public async Task Every_command_that_was_taken_is_answered_across_transfers()
    {
        StartCluster(3);
        var load = StartLoad();
        var leader = await Leader();
        for (var time = 0; time < 3; time++)
        {
            await Eventually(async () =>
                Assert.IsType<LeadershipTransferred>(await Ask<object>(await Leader(), new TransferLeadership())));
        }

        var inquiries = await load.StopAsync();
        Assert.Contains(inquiries, static inquiry => inquiry.Outcome == Outcome.Done);
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Outcome == Outcome.Unknown);
        await EveryAnswerIsTrue(inquiries);
        Assert.NotNull(leader);
    }

    [Fact]
    public async Task A_server_that_cannot_lead_is_refused()
    {
        StartCluster(3);
        var leader = await Leader();
        var nonvoter = Other(leader);
        await Change(new DemoteVoter(nonvoter.Id));
        Assert.Contains("leads already", await Failure(leader.Id.Value), StringComparison.Ordinal);
        Assert.Contains("n7 is not a member", await Failure("n7"), StringComparison.Ordinal);
        Assert.Contains("does not vote", await Failure(nonvoter.Id.Value), StringComparison.Ordinal);
        await Eventually(async () => Assert.Equal(leader.Id, Assert.IsType<NotLeader>(await Ask<object>(nonvoter, new TransferLeadership())).LeaderId));

        // Without a name a nonvoter is no choice either.
        await Change(new RemoveServer(Other(leader, nonvoter).Id));
        var nobody = Assert.IsType<LeadershipTransferFailed>(await Ask<object>(leader, new TransferLeadership()));
        Assert.Equal((Outcome.NotDone, "no other voter is heard"), (nobody.Outcome, nobody.Reason));

        async Task<string> Failure(string to) =>
            Assert.IsType<LeadershipTransferFailed>(await Ask<object>(leader, new TransferLeadership(new Raft.Actors.Model.ServerId(to)))).Reason;
    }

    [Fact]
    public async Task During_a_transfer_no_command_is_taken_and_after_its_time_the_leader_goes_on()
    {
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        var behind = Other(leader);
        Network.Drop(message => message is AppendEntries { Entries.IsEmpty: false } && message.Header.To == behind.Id);
        await Apply(leader, "a");
        var transfer = Send(leader, string.Empty, new TransferLeadership(behind.Id));
        foreach (var request in new IRaftRequest[] { new Apply(Bytes("x")), new ApplyBarrier(), new TransferLeadership(), new AddNonvoter(Id(7), AddressOf(7)) })
        {
            Assert.IsType<LeadershipTransferInProgress>(await Ask<object>(leader, request));
        }

        Assert.IsType<ReadResult>(await Ask<object>(leader, new Read(Bytes("all"))));
        var failed = Assert.IsType<LeadershipTransferFailed>(await AnswerTo(transfer));
        Assert.Equal(Outcome.NotDone, failed.Outcome);
        Assert.Contains("up to date", failed.Reason, StringComparison.Ordinal);
        await Apply(leader, "b");
        Assert.Equal(term, (await StatusOf(leader)).Term);
    }

    [Fact]
    public async Task A_server_that_is_told_and_does_not_answer_leaves_the_outcome_open()
    {
        StartCluster(3);
        var leader = await Leader();
        var next = Other(leader);
        await Apply(leader, "a");
        Network.Drop(static message => message is TimeoutNow);
        await Eventually(async () => Assert.Equal(
            (await StatusOf(leader)).LastLogIndex, (await StatusOf(leader)).Followers.Single(follower => follower.ServerId == next.Id).MatchIndex));
        Assert.Equal(Outcome.Unknown, Assert.IsType<LeadershipTransferFailed>(await Ask<object>(leader, new TransferLeadership(next.Id))).Outcome);
        await Apply(leader, "b");
    }

    [Fact]
    public async Task A_stranger_or_an_old_leader_cannot_make_a_server_call_for_an_election()
    {
        StartCluster(3);
        var leader = await Leader();
        var follower = Other(leader);
        await Eventually(async () => Assert.Equal(leader.Id, (await StatusOf(follower)).LeaderId));
        var term = (await StatusOf(leader)).Term;
        var third = Other(leader, follower);
        foreach (var header in new[]
        {
            await HeaderTo(follower, third.Id, term),
            await HeaderTo(follower, leader.Id, term - 1),
            await HeaderTo(follower, leader.Id, term + 1),
            await HeaderTo(follower, Id(7), term),
        })
        {
            TellNode(follower, new TimeoutNow(header), TestActor);
        }

        Assert.Equal(term, (await StatusOf(follower)).Term);
        Assert.Equal(RaftRole.Leader, (await StatusOf(leader)).Role);
    }

    /// <summary>Nobody has to miss the old leader, and so nobody asks for a pre-vote.</summary>
    [Fact]
    public async Task A_leader_that_shuts_down_hands_over_first()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await Eventually(async () => Assert.All((await StatusOf(leader)).Followers, static follower => Assert.NotNull(follower.LastContact)));
        Network.Records = static message => message is TimeoutNow or RequestPreVote;
        Assert.IsType<ShutdownComplete>(await Ask<object>(leader, new Shutdown()));
        await GoneAsync(leader);
        await Apply(await LeaderAmong([.. Servers]), "b");
        Assert.IsType<TimeoutNow>(Network.Delivered[0]);
        Assert.DoesNotContain(Network.Delivered, static message => message is RequestPreVote);
    }

    [Fact]
    public async Task A_leader_that_removes_itself_names_its_successor()
    {
        StartCluster(3);
        Network.Records = static message => message is TimeoutNow or RequestPreVote;
        var leader = await Leader();
        await Apply(leader, "a");
        await Eventually(async () => Assert.All((await StatusOf(leader)).Followers, static follower => Assert.NotNull(follower.LastContact)));
        await Change(new RemoveServer(leader.Id));
        await Apply(await LeaderAmong([.. Servers.Where(server => server != leader)]), "b");
        Assert.Contains(Network.Delivered, static message => message is TimeoutNow);
    }
}
