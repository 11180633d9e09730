using Raft.Actors.Applying;
using Raft.Actors.StateMachine;
using Xunit;

namespace Raft.Tests.Applying;

public sealed class CommandBatchTests
{
    [Fact]
    public void Commands_come_one_by_one_to_a_machine_that_takes_them_so()
    {
        var machine = new OneByOne();
        var batch = BatchOf(7, 8, 9);

        Assert.Null(batch.ApplyTo(machine));

        Assert.Equal([7L, 8L, 9L], machine.Applied);
        Assert.Equal([7L, 8L, 9L], batch.Results.ToArray());
    }

    [Fact]
    public void Commands_come_at_once_to_a_machine_with_an_ApplyBatch()
    {
        var machine = new AtOnce();
        var batch = BatchOf(7, 8, 9);

        Assert.Null(batch.ApplyTo(machine));

        Assert.Equal([3], machine.Lengths);
        Assert.Equal([7L, 8L, 9L], batch.Results.ToArray());
    }

    [Fact]
    public void One_by_one_it_is_known_which_command_failed()
    {
        var machine = new OneByOne { Bad = 8 };

        var fault = BatchOf(7, 8, 9).ApplyTo(machine);

        Assert.Equal((8, 3, 8), (fault!.Index, fault.Term, fault.LastIndex));
        Assert.Equal("8 is bad", fault.Cause.Message);
        Assert.Equal([7L], machine.Applied);
    }

    [Fact]
    public void At_once_it_may_be_any_of_them()
    {
        var fault = BatchOf(7, 8, 9).ApplyTo(new AtOnce { Bad = 8 });

        Assert.Equal((7, 3, 9), (fault!.Index, fault.Term, fault.LastIndex));
    }

    [Fact]
    public void An_empty_batch_does_not_come_to_the_machine()
    {
        var machine = new AtOnce();

        Assert.Null(new CommandBatch(4).ApplyTo(machine));

        Assert.Empty(machine.Lengths);
    }

    [Fact]
    public void A_cleared_batch_begins_anew()
    {
        var machine = new OneByOne();
        var batch = BatchOf(1, 2, 3, 4);
        Assert.Null(batch.ApplyTo(machine));

        batch.Clear();

        Assert.True(batch.Results.IsEmpty);
        batch.Add(CommandAt(5));
        Assert.Null(batch.ApplyTo(machine));
        Assert.Equal([1L, 2L, 3L, 4L, 5L], machine.Applied);
        Assert.Equal([5L], batch.Results.ToArray());
    }

    private static CommandBatch BatchOf(params long[] indexes)
    {
        var batch = new CommandBatch(4);
        foreach (var index in indexes)
        {
            batch.Add(CommandAt(index));
        }

        return batch;
    }

    private static Command CommandAt(long index) => new(index, 3, default, null, default, 0);

    private class OneByOne : IStateMachine
    {
        public long Bad { get; init; }

        public List<long> Applied { get; } = [];

        public object? Apply(in Command command)
        {
            if (command.Index == Bad)
            {
                throw new InvalidOperationException($"{Bad} is bad");
            }

            Applied.Add(command.Index);
            return command.Index;
        }

        public object? Query(object query) => throw new NotSupportedException();

        public IStateMachineSnapshot TakeSnapshot() => throw new NotSupportedException();

        public IStateMachineRestore BeginRestore() => throw new NotSupportedException();
    }

    private sealed class AtOnce : OneByOne, IStateMachine
    {
        public List<int> Lengths { get; } = [];

        public void ApplyBatch(ReadOnlySpan<Command> commands, Span<object?> results)
        {
            Lengths.Add(commands.Length);
            for (var place = 0; place < commands.Length; place++)
            {
                results[place] = Apply(in commands[place]);
            }
        }
    }
}
