using Akka.TestKit;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>Every request gets one answer, and in time.</summary>
public sealed class AnswerTests(ITestOutputHelper output) : ScenarioTest(output)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_command_with_less_patience_than_the_one_before_it_is_told_in_its_own_time()
    {
        var follower = await LeadWith(new IntakeSettings { MaxCommandsInFlight = 1 });
        var first = Ask<object>(this[1], new Apply(Bytes("a")));
        var patient = Ask<object>(this[1], new Apply(Bytes("b")) { EnqueueTimeout = Long });
        var impatient = Ask<object>(this[1], new Apply(Bytes("c")) { EnqueueTimeout = Short });
        Assert.IsType<EnqueueTimedOut>(await impatient);

        Accept(follower, await Next<AppendEntries>(follower, static append => append.Entries is [{ Index: 3 }]));
        Assert.IsType<Applied>(await first);
        Accept(follower, await Next<AppendEntries>(follower, static append => append.Entries is [{ Index: 4 }]));
        Assert.IsType<Applied>(await patient);
    }

    [Fact]
    public async Task A_command_comes_in_when_the_one_that_had_no_room_before_it_gives_up()
    {
        await LeadWith(new IntakeSettings { MaxBytesInFlight = 1000, MaxCommandBytes = 1000 });
        _ = Ask<object>(this[1], new Apply(new byte[600]));
        var large = Ask<object>(this[1], new Apply(new byte[900]) { EnqueueTimeout = Short });
        _ = Ask<object>(this[1], new Apply(new byte[10]) { EnqueueTimeout = Long });
        Assert.IsType<EnqueueTimedOut>(await large);
        await Eventually(async () => Assert.Equal(4, (await StatusOf(this[1])).LastLogIndex));
    }

    [Fact]
    public async Task A_command_that_makes_the_state_machine_throw_is_answered_once()
    {
        StartCluster(1);
        var leader = await Leader();
        var node = await Sys.ActorSelection(leader.Supervisor.Path / RaftSupervisor.NodeName)
            .ResolveOne(TimeSpan.FromSeconds(20));
        var client = CreateTestProbe();
        await client.WatchAsync(node);
        leader.Supervisor.Tell(new Apply(Bytes("throw")), client.Ref);

        var failure = await client.ExpectMsgAsync<StateMachineFailed>();
        Assert.Equal((Outcome.Unknown, 3L), (failure.Outcome, failure.Index));
        await client.ExpectTerminatedAsync(node);
    }

    /// <summary>n1 leads with the vote of a probe in the place of n2, which has accepted its first entry.</summary>
    private async Task<TestProbe> LeadWith(IntakeSettings intake)
    {
        var follower = ProbeAs(2);
        await StartWithLog(Steadfast(SettingsOf(1, 2)) with { Intake = intake }, term: 1, ConfigurationOf(2), 1);
        Accept(follower, await Elect(follower));
        await Eventually(async () => Assert.Equal(2, (await StatusOf(this[1])).CommitIndex));
        return follower;
    }
}
