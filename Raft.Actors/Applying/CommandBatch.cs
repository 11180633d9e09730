using Raft.Actors.StateMachine;

namespace Raft.Actors.Applying;

/// <summary>
/// Commands that the state machine is given at once, or one after the other if it has no ApplyBatch of its own; and their
/// results.
/// </summary>
/// <param name="maxSize">How many commands it holds at most.</param>
internal sealed class CommandBatch(int maxSize)
{
    private readonly Command[] _commands = new Command[maxSize];
    private readonly object?[] _results = new object?[maxSize];
    private int _count;
    private bool? _isTakenAtOnce;

    /// <summary>The results, in the order of the commands, once they were applied.</summary>
    public ReadOnlySpan<object?> Results => _results.AsSpan(0, _count);

    /// <summary>Adds a command.</summary>
    public void Add(in Command command) => _commands[_count++] = command;

    /// <summary>Forgets the commands and their results.</summary>
    public void Clear()
    {
        Array.Clear(_commands, 0, _count);
        Array.Clear(_results, 0, _count);
        _count = 0;
    }

    /// <summary>Applies all commands.</summary>
    /// <param name="stateMachine">The state machine; the same one each time.</param>
    /// <returns>Null; or what it threw, and at which command or commands.</returns>
    public StateMachineFault? ApplyTo(IStateMachine stateMachine)
    {
        var length = (_isTakenAtOnce ??= HasOwnApplyBatch(stateMachine)) ? Math.Max(_count, 1) : 1;
        for (var first = 0; first < _count; first += length)
        {
            try
            {
                stateMachine.ApplyBatch(_commands.AsSpan(first, length), _results.AsSpan(first, length));
            }
            catch (Exception thrown)
            {
                var last = _commands[first + length - 1].Index;
                return new StateMachineFault(_commands[first].Index, _commands[first].Term, last, thrown);
            }
        }

        return null;
    }

    /// <summary>
    /// Whether the state machine has its own ApplyBatch. Otherwise one command at a time is the same, and shows which one
    /// failed.
    /// </summary>
    private static bool HasOwnApplyBatch(IStateMachine stateMachine)
    {
        var map = stateMachine.GetType().GetInterfaceMap(typeof(IStateMachine));
        var place = Array.FindIndex(map.InterfaceMethods, static method => method.Name == nameof(IStateMachine.ApplyBatch));
        return map.TargetMethods[place] is { } target && target.DeclaringType != typeof(IStateMachine);
    }
}
