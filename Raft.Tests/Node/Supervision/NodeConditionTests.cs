using Akka.Actor;
using Raft.Actors.Applying;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Supervision;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Node.Supervision;

public sealed class NodeConditionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly RaftSettings Settings = new()
    {
        Group = "kv",
        ServerId = new("n1"),
        RestartMinBackoff = Second,
        RestartMaxBackoff = 10 * Second,
    };

    private readonly NodeCondition _condition = new();
    private readonly Random _random = new(1);

    [Fact]
    public void The_pause_grows_with_each_short_life()
    {
        Assert.InRange(PauseAfterLife(Second), 0.8 * Second, Second);
        Assert.InRange(PauseAfterLife(Second), 1.6 * Second, 2 * Second);
        Assert.InRange(PauseAfterLife(10 * Second), 3.2 * Second, 4 * Second);
    }

    [Fact]
    public void After_a_long_life_it_is_short_again()
    {
        PauseAfterLife(Second);
        PauseAfterLife(Second);

        Assert.InRange(PauseAfterLife(10.1 * Second), 0.8 * Second, Second);
    }

    [Fact]
    public void After_a_life_that_ended_by_its_own_decision_it_is_short_again()
    {
        PauseAfterLife(Second);
        PauseAfterLife(Second);

        Assert.InRange(PauseAfterLife(Second, Failure("as it wants") with { IsWanted = true }), 0.8 * Second, Second);
        Assert.InRange(PauseAfterLife(Second), 1.6 * Second, 2 * Second);
    }

    [Fact]
    public void It_serves_from_recovery_to_failure()
    {
        Assert.False(_condition.HasRecovered);
        Assert.Equal(new Unavailable("it reads its journal"), _condition.NotDone);

        _condition.Recovered();
        Assert.True(_condition.HasRecovered);

        _condition.Failed(Failure("disk full"));
        Assert.False(_condition.HasRecovered);
        Assert.Equal(new Unavailable("disk full"), _condition.NotDone);

        _condition.Recovered();
        _condition.Stopped();
        Assert.False(_condition.HasRecovered);
    }

    [Fact]
    public void What_was_open_is_told_as_the_node_said_until_the_next_life()
    {
        Assert.Equal(new ShuttingDown(Outcome.Unknown), _condition.OpenOutcome(7));

        _condition.Failed(Failure("disk full"));
        Assert.Equal(new StorageFailed("disk full at 7", Outcome.Unknown), _condition.OpenOutcome(7));

        _condition.Started(Second);
        Assert.Equal(new ShuttingDown(Outcome.Unknown), _condition.OpenOutcome(7));
    }

    [Fact]
    public void Where_a_state_machine_threw_is_remembered_through_other_failures()
    {
        var entries = new FailedEntries(3, 5, 1);
        _condition.Failed(Failure("it threw") with { Entries = entries });

        _condition.Started(Second);
        _condition.Failed(Failure("disk full"));

        Assert.Same(entries, _condition.FailedBefore);
    }

    [Fact]
    public void The_reason_is_what_the_state_machine_said_where_it_could_not_be_made()
    {
        _condition.Threw(new InvalidOperationException("no entry 3"));
        Assert.Equal("no entry 3", _condition.Reason);

        _condition.Threw(new ActorInitializationException(null, "not made", new InvalidOperationException("no such file")));
        Assert.Equal("not made: no such file", _condition.Reason);
    }

    [Fact]
    public void When_only_a_restart_of_the_process_helps_it_says_so()
    {
        _condition.Recovered();

        _condition.EndForGood("no journal");

        Assert.True(_condition.IsDownForGood);
        Assert.False(_condition.HasRecovered);
        Assert.Equal(new Unavailable("no journal") { OnlyRestartHelps = true }, _condition.NotDone);
    }

    private static NodeFailed Failure(string reason) =>
        new(reason, index => new StorageFailed($"{reason} at {index}", Outcome.Unknown));

    private TimeSpan PauseAfterLife(TimeSpan length, NodeFailed? failure = null)
    {
        _condition.Started(Second);
        if (failure is not null)
        {
            _condition.Failed(failure);
        }

        return _condition.PauseBeforeRestart(Second + length, Settings, _random);
    }
}
