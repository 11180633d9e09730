using System.Collections.Concurrent;
using System.Text;
using Raft.Actors.StateMachine;

namespace Raft.Tests.Infrastructure;

/// <summary>Remembers the commands, as text, in their order. A command "throw" throws; a query answers with all of them.</summary>
public sealed class RecordingStateMachine(ConcurrentQueue<string> applied) : IStateMachine
{
    private readonly List<string> _commands = [];

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

    public IStateMachineSnapshot TakeSnapshot() => throw new NotSupportedException();

    public void Restore(Stream source) => throw new NotSupportedException();
}
