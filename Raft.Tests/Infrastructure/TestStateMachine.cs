using System.Collections.Concurrent;
using System.Text;
using Raft.Actors.StateMachine;

namespace Raft.Tests.Infrastructure;

/// <summary>A <see cref="RecordingStateMachine"/> whose calls a test can hold, replace or make throw.</summary>
public sealed class TestStateMachine(ConcurrentQueue<string> applied) : IStateMachine
{
    private readonly RecordingStateMachine _inner = new(applied);

    public Action<Command>? BeforeApply { get; init; }

    /// <summary>What to answer instead, where it answers anything.</summary>
    public Func<string, object?>? ResultOf { get; init; }

    public Action<IReadOnlyList<long>>? OnBatch { get; init; }

    public Func<string, object?>? AnswerOf { get; init; }

    public object? Apply(in Command command)
    {
        BeforeApply?.Invoke(command);
        var result = _inner.Apply(in command);
        return ResultOf is null ? result : ResultOf(Encoding.UTF8.GetString(command.Bytes.Span));
    }

    public void ApplyBatch(ReadOnlySpan<Command> commands, Span<object?> results)
    {
        var indexes = new List<long>();
        for (var i = 0; i < commands.Length; i++)
        {
            indexes.Add(commands[i].Index);
            results[i] = Apply(in commands[i]);
        }

        OnBatch?.Invoke(indexes);
    }

    public object? Query(object query) =>
        AnswerOf is null ? _inner.Query(query) : AnswerOf(Encoding.UTF8.GetString(((ReadOnlyMemory<byte>)query).Span));

    public IStateMachineSnapshot TakeSnapshot() => _inner.TakeSnapshot();

    public IStateMachineRestore BeginRestore() => _inner.BeginRestore();
}
