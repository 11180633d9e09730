using System.Collections.Concurrent;
using System.Text;
using Raft.Actors.StateMachine;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// Remembers the commands, as text, in their order. A command "throw" throws; a query answers with all of them.
/// </summary>
public sealed class RecordingStateMachine(ConcurrentQueue<string> applied) : IStateMachine
{
    private List<string> _commands = [];

    public object? Apply(in Command command)
    {
        var text = Encoding.UTF8.GetString(command.Bytes.Span);
        if (text == "throw")
        {
            throw new InvalidOperationException("the test's state machine throws");
        }

        _commands.Add(text);
        applied.Enqueue($"{command.Index}:{text}");
        return Encoding.UTF8.GetBytes($"applied {text}");
    }

    public object? Query(object query) => Encoding.UTF8.GetBytes(string.Join(',', _commands));

    public IStateMachineSnapshot TakeSnapshot() => new Snapshot([.. _commands]);

    public IStateMachineRestore BeginRestore() => new Restore(commands => _commands = commands);

    /// <summary>A block for each command.</summary>
    private sealed class Snapshot(IReadOnlyList<string> commands) : IStateMachineSnapshot
    {
        public IEnumerable<ReadOnlyMemory<byte>> Blocks() =>
            commands.Select(static command => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(command));

        public void Dispose()
        {
        }
    }

    private sealed class Restore(Action<List<string>> complete) : IStateMachineRestore
    {
        private readonly List<string> _commands = [];

        public void Add(ReadOnlyMemory<byte> block) => _commands.Add(Encoding.UTF8.GetString(block.Span) is "throw"
            ? throw new InvalidDataException("the test's state machine refuses it")
            : Encoding.UTF8.GetString(block.Span));

        public void Complete() => complete(_commands);

        public void Dispose()
        {
        }
    }
}
