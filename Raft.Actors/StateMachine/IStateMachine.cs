namespace Raft.Actors.StateMachine;

/// <summary>A committed command, as the state machine receives it.</summary>
/// <param name="Index">The log index; each command that a state machine sees has a higher one than the last.</param>
/// <param name="Term">The term in which a leader appended it.</param>
/// <param name="Bytes">The command, if it was sent as bytes; empty for a typed object.</param>
/// <param name="Value">The command, if it was sent as an object of a listed type; otherwise null.</param>
/// <param name="Extensions">What the sender put beside the command.</param>
/// <param name="Timestamp">When the leader appended it, in milliseconds since 1970 (UTC). Within a term it advances by the
/// leader's monotonic clock; a term begins with the leader's wall clock, but not below the entry before. It is the only clock a
/// state machine may use, as it is the same on each replica.</param>
public readonly record struct Command(
    long Index,
    long Term,
    ReadOnlyMemory<byte> Bytes,
    object? Value,
    ReadOnlyMemory<byte> Extensions,
    long Timestamp)
{
    /// <summary>
    /// The version to interpret it by (<see cref="IVersionedStateMachine"/>): the group's when the command came into the log,
    /// the same on each replica and in each replay. 0 if the group has none.
    /// </summary>
    public int Version { get; init; }
}

/// <summary>
/// The state that a group replicates. You implement it. Each server has one, made by a factory, and it gets the same commands
/// in the same order as all others. Calls come one at a time, from an actor on the state machine dispatcher, so a long
/// computation does not disturb elections.
/// </summary>
/// <remarks>
/// <para><see cref="Apply"/> must be deterministic: state and result may depend on the commands alone, not on a local clock, on
/// randomness or on the order of an unordered collection.</para>
/// <para>A refusal (an account without cover, a key that is missing) is a <b>result</b>, not an exception. An exception says
/// that the state can no longer be trusted. Then this replica throws the state machine away, and the node restarts with backoff
/// and rebuilds a fresh one from the log. So replicas never differ. One that fails alone comes back equal to the others. A
/// command that makes all of them throw stops the group at that index, until the software is mended, or until an operator lets
/// the whole group skip it (docs/architecture.md, When a state machine throws). So check what a command holds, and answer a
/// command that you cannot take.</para>
/// </remarks>
public interface IStateMachine
{
    /// <summary>
    /// Applies one command and returns its result: null, bytes (<c>byte[]</c> or <c>ReadOnlyMemory&lt;byte&gt;</c>) or an
    /// object of a listed type.
    /// </summary>
    object? Apply(in Command command);

    /// <summary>
    /// Applies several commands in their order and puts each one's result at its place. Override it where a batch is
    /// cheaper than its parts, such as one database transaction for all.
    /// </summary>
    void ApplyBatch(ReadOnlySpan<Command> commands, Span<object?> results)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            results[i] = Apply(in commands[i]);
        }
    }

    /// <summary>
    /// Answers a query from the present state and changes nothing. An exception is told to whoever asked and has no
    /// other effect. The query is bytes (<c>ReadOnlyMemory&lt;byte&gt;</c>) or an object of a listed type; so is the answer.
    /// </summary>
    object? Query(object query);

    /// <summary>
    /// Takes a view of the state as it is now. Be quick: no command is applied meanwhile. The view is read out in the
    /// background beside later calls of <see cref="Apply"/>, by another thread, and then disposed. An exception fails the
    /// snapshot and nothing else.
    /// </summary>
    IStateMachineSnapshot TakeSnapshot();

    /// <summary>
    /// Begins to replace the whole state by one that a snapshot wrote. The present state goes on, with queries
    /// and possibly commands, until <see cref="IStateMachineRestore.Complete"/>. At most one is under way.
    /// </summary>
    IStateMachineRestore BeginRestore();
}
