using System.Collections.Immutable;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Every request gets one answer, and it is true, whatever happens to the node while thousands are in flight.</summary>
public sealed class AnswerTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Flood = 3000;

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Intake = new IntakeSettings { MaxCommandsInFlight = 500, MaxCommandsWaiting = 500 },
    };

    [Fact]
    public async Task Every_request_is_answered_once_when_leadership_is_lost()
    {
        StartCluster(3);
        var leader = await Leader();
        var inquiries = await FloodWith(leader, () => Network.Isolate(leader.Id));
        await LeaderAmong([.. Servers.Where(server => server != leader)]);
        Network.Heal();
        await Check(inquiries);
        Assert.Contains(inquiries, static inquiry => inquiry.Answer.Result is LeadershipLost);
    }

    [Theory]
    [InlineData(JournalFault.Fail)]
    [InlineData(JournalFault.FailAfterWrite)]
    [InlineData(JournalFault.Reject)]
    [InlineData(JournalFault.Hang)]
    public async Task Every_request_is_answered_once_when_the_leaders_journal_breaks(JournalFault fault)
    {
        StartCluster(3);
        var leader = await Leader();
        var inquiries = await FloodWith(leader, () => leader.Journal.Break(fault));
        await LeaderAmong([.. Servers.Where(server => server != leader)]);
        leader.Journal.Heal();
        await Check(inquiries);
    }

    [Fact]
    public async Task Every_request_is_answered_once_when_the_state_machine_throws()
    {
        StartCluster(1);
        var leader = await Leader();
        var inquiries = await FloodWith(leader, () => Send(leader, "throw", new Apply(Bytes("throw")) { EnqueueTimeout = Patience }));
        await AllAnswered(inquiries);

        // The node's next life votes for itself (and throws again), so all that the last one had to say has been said.
        var writes = leader.Journal.Writes;
        await Eventually(() =>
        {
            Assert.True(leader.Journal.Writes > writes, "the node has not come back");
            return Task.CompletedTask;
        });
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Answers.Length != 1);
        Assert.Contains(inquiries, static inquiry => inquiry.Answer.Result is StateMachineFailed);
    }

    [Fact]
    public async Task Every_request_is_answered_once_when_the_node_shuts_down()
    {
        StartCluster(3);
        var leader = await Leader();
        var shutdown = Task.CompletedTask;
        var inquiries = await FloodWith(leader, () => shutdown = Ask<ShutdownComplete>(leader, new Shutdown()), isLast: true);
        await AllAnswered(inquiries);
        await shutdown;
        await GoneAsync(leader);
        StartServer(leader.Settings);
        await Check(inquiries);
    }

    /// <summary>Commands, reads of both kinds, barriers and verifications; in the middle of them something happens.</summary>
    private async Task<ImmutableArray<Inquiry>> FloodWith(TestServer leader, Action happens, bool isLast = false)
    {
        var inquiries = ImmutableArray.CreateBuilder<Inquiry>(Flood);
        for (var number = 0; number < Flood; number++)
        {
            if (!isLast && number == Flood / 2)
            {
                // It happens when answers have begun to come, so that all stages of the way are taken.
                await AnswerTo(inquiries[0]);
                happens();
            }

            inquiries.Add(Send(leader, $"c{number}", (number % 10) switch
            {
                7 => new Read(Bytes("all")),
                8 => new Read(Bytes("all"), ReadConsistency.Stale),
                9 => number % 20 == 9 ? new VerifyLeader() : new ApplyBarrier(),
                _ => new Apply(Bytes($"c{number}")) { EnqueueTimeout = number % 2 == 0 ? Patience : null },
            }));
        }

        if (isLast)
        {
            happens();
        }

        return inquiries.MoveToImmutable();
    }

    private Task AllAnswered(ImmutableArray<Inquiry> inquiries) => Eventually(() =>
    {
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Answers.IsEmpty);
        return Task.CompletedTask;
    });

    private async Task Check(ImmutableArray<Inquiry> inquiries)
    {
        await AllAnswered(inquiries);
        var commands = inquiries.Where(static (_, number) => number % 10 < 7).ToArray();
        await EveryAnswerIsTrue(commands);
        Assert.DoesNotContain(inquiries, static inquiry => inquiry.Answers.Length != 1);
    }
}
