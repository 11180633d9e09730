using System.Collections.Concurrent;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// What a leader takes in, what it refuses and what it lets wait. The state machine is held by a gate, so that commands
/// are committed and stay in flight until the test says so.
/// </summary>
public sealed class IntakeTests(ITestOutputHelper output) : ClusterTest(output)
{
    private readonly Gate _gate = new();
    private readonly ConcurrentQueue<(string Extensions, long Timestamp)> _seen = new();

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Intake = new IntakeSettings
        {
            MaxCommandsInFlight = 4,
            MaxCommandsWaiting = 2,
            MaxCommandBytes = 1000,
            MaxBytesInFlight = 2500,
        },
    };

    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) => new TestStateMachine(applied)
    {
        BeforeApply = command =>
        {
            _gate.Pass();
            _seen.Enqueue((Encoding.UTF8.GetString(command.Extensions.Span), command.Timestamp));
        },
    };

    [Fact]
    public async Task A_command_that_is_too_large_is_refused_with_its_size_and_the_limit()
    {
        var leader = await SingleLeader();
        Assert.IsType<Applied>(await Ask<object>(leader, new Apply(new byte[600]) { Extensions = new byte[400] }));
        var refusal = Assert.IsType<TooLarge>(await Ask<object>(leader, new Apply(new byte[600]) { Extensions = new byte[401] }));
        Assert.Equal((1001, 1000, Outcome.NotDone), (refusal.Size, refusal.Limit, refusal.Outcome));
    }

    [Fact]
    public async Task An_object_that_is_too_large_to_be_encoded_at_all_is_too_large_as_well()
    {
        var leader = await SingleLeader();
        var refusal = Assert.IsType<TooLarge>(await Ask<object>(leader, new Apply(new string('x', 17 * 1024 * 1024))));
        Assert.True(refusal.Size > 16 * 1024 * 1024);
        Assert.Equal((1000, Outcome.NotDone), (refusal.Limit, refusal.Outcome));
    }

    [Fact]
    public async Task A_missing_or_unlisted_command_is_refused()
    {
        var leader = await SingleLeader();
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, new Apply(null!)));
        Assert.Contains("not listed", Assert.IsType<InvalidRequest>(await Ask<object>(leader, new Apply(new Uri("http://unlisted")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_commands_than_the_bound_are_refused_at_once_and_leave_nothing_behind()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, "c0", "c1", "c2", "c3");
        var refusal = Assert.IsType<Overloaded>(await Ask<object>(leader, new Apply(Bytes("refused"))));
        Assert.Equal((4, Outcome.NotDone), (refusal.InFlight, refusal.Outcome));
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        Assert.Equal(4, (await StatusOf(leader)).InFlight);

        _gate.Open();
        await Task.WhenAll(taken.Select(AnswerTo));
        await EveryAnswerIsTrue(taken);
        Assert.DoesNotContain("refused", leader.Applied);
        Assert.Equal(0, (await StatusOf(leader)).InFlight);
    }

    [Fact]
    public async Task More_bytes_than_the_bound_are_refused()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, new string('a', 1000), new string('b', 1000));
        Assert.IsType<Overloaded>(await Ask<object>(leader, new Apply(new byte[1000])));
        var small = Send(leader, "small");

        _gate.Open();
        Assert.IsType<Applied>(await AnswerTo(small));
        await EveryAnswerIsTrue([.. taken, small]);
    }

    [Fact]
    public async Task Waiting_commands_are_taken_in_order_when_there_is_room()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, "c0", "c1", "c2", "c3");
        var waiting = new[] { Waiting(leader, "c4", Patience), Waiting(leader, "c5", TimeSpan.MaxValue) };

        // A third may not wait; its refusal says that the two before it were taken up.
        var refused = Waiting(leader, "refused", Patience);
        Assert.IsType<Overloaded>(await AnswerTo(refused));
        Assert.All(waiting, inquiry => Assert.Empty(inquiry.Answers));

        _gate.Open();
        Assert.All(await Task.WhenAll(taken.Concat(waiting).Select(AnswerTo)), answer => Assert.IsType<Applied>(answer));
        Assert.Equal(["c0", "c1", "c2", "c3", "c4", "c5"], leader.Applied.AsEnumerable());
    }

    [Fact]
    public async Task A_waiting_command_times_out_even_behind_one_that_waits_longer()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, "c0", "c1", "c2", "c3");
        var patient = Waiting(leader, "patient", Patience * 10);
        var hasty = Waiting(leader, "hasty", TimeSpan.FromMilliseconds(100));
        var answer = Assert.IsType<EnqueueTimedOut>(await AnswerTo(hasty));
        Assert.True(answer.Waited >= TimeSpan.FromMilliseconds(100), answer.Message);
        Assert.Empty(patient.Answers);

        _gate.Open();
        Assert.IsType<Applied>(await AnswerTo(patient));
        await EveryAnswerIsTrue([.. taken, patient, hasty]);
    }

    [Fact]
    public async Task When_a_large_command_gives_up_the_small_one_behind_it_comes_in()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, new string('a', 900), new string('b', 900));
        var large = Waiting(leader, new string('c', 900), TimeSpan.FromMilliseconds(100));
        var small = Waiting(leader, "small", Patience * 10);
        Assert.IsType<EnqueueTimedOut>(await AnswerTo(large));
        Assert.Equal(3, (await StatusOf(leader)).InFlight);

        _gate.Open();
        Assert.IsType<Applied>(await AnswerTo(small));
        await EveryAnswerIsTrue([.. taken, large, small]);
    }

    [Fact]
    public async Task A_command_that_names_no_time_takes_the_setting()
    {
        var settings = SettingsOf(1, 1);
        StartServer(settings with { Intake = settings.Intake with { EnqueueTimeout = TimeSpan.FromMilliseconds(1) } });
        var leader = await Leader();
        _gate.Close();
        SendMany(leader, "c0", "c1", "c2", "c3");
        Assert.IsType<EnqueueTimedOut>(await Ask<object>(leader, new Apply(Bytes("late"))));
        Assert.IsType<Overloaded>(await Ask<object>(leader, new Apply(Bytes("refused")) { EnqueueTimeout = TimeSpan.Zero }));
        _gate.Open();
    }

    [Fact]
    public async Task A_barrier_is_answered_when_all_before_it_has_been_applied()
    {
        var leader = await SingleLeader();
        _gate.Close();
        var taken = SendMany(leader, "c0", "c1");
        var barrier = Send(leader, "barrier", new ApplyBarrier());
        await Eventually(async () => Assert.Equal(3, (await StatusOf(leader)).InFlight));
        Assert.Empty(barrier.Answers);

        _gate.Open();
        var answer = Assert.IsType<Applied>(await AnswerTo(barrier));
        Assert.Null(answer.Result);
        Assert.Equal(["c0", "c1"], leader.Applied.AsEnumerable());
        Assert.All(taken, inquiry => Assert.IsType<Applied>(Assert.Single(inquiry.Answers)));
    }

    [Fact]
    public async Task Extensions_and_the_leaders_clock_reach_every_state_machine()
    {
        StartCluster(3);
        var leader = await Leader();
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Ask<Applied>(leader, new Apply(Bytes("a")) { Extensions = Bytes("beside") });
        await EveryoneApplied("a");
        var (extensions, timestamp) = Assert.Single(_seen.Distinct());
        Assert.Equal(3, _seen.Count);
        Assert.Equal("beside", extensions);
        Assert.InRange(timestamp, before - 1000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 1000);
    }

    private static Apply Patiently(string command, TimeSpan timeout) => new(Bytes(command)) { EnqueueTimeout = timeout };

    private async Task<TestServer> SingleLeader()
    {
        StartCluster(1);
        return await Leader();
    }

    private Inquiry[] SendMany(TestServer leader, params string[] commands) => [.. commands.Select(command => Send(leader, command))];

    private Inquiry Waiting(TestServer leader, string command, TimeSpan timeout) => Send(leader, command, Patiently(command, timeout));
}
