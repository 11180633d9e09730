namespace Raft.Actors.StateMachine;

/// <summary>
/// A point-in-time view of a state machine (hashicorp/raft's <c>FSMSnapshot</c>), read out block by block. It is pulled and
/// not written to a stream, so that the reader sets the pace and holds a few blocks in memory, however large the state is.
/// </summary>
public interface IStateMachineSnapshot : IDisposable
{
    /// <summary>A block may have this many bytes (4 MiB). A larger one fails the snapshot.</summary>
    const int MaxBlockBytes = 4 * 1024 * 1024;

    /// <summary>
    /// The state as a sequence of blocks of any size up to <see cref="MaxBlockBytes"/>; some 64 KiB is a good one. Restoring
    /// gets the same blocks in the same order. Enumerated once, lazily, beside the applying of later commands, which must not
    /// show in it. A block's bytes need to stay as they are only until the next one is asked for, so that a buffer can be used
    /// again.
    /// </summary>
    /// <remarks>
    /// Equal states should give equal blocks on each replica: no clock, and no order of an unordered collection.
    /// </remarks>
    IEnumerable<ReadOnlyMemory<byte>> Blocks();
}

/// <summary>
/// A state that is being put together from a snapshot's blocks. Only <see cref="Complete"/> makes it the state machine's;
/// disposed without it, it is abandoned and has changed nothing.
/// </summary>
public interface IStateMachineRestore : IDisposable
{
    /// <summary>
    /// Takes the next block, as <see cref="IStateMachineSnapshot.Blocks"/> gave it. The bytes belong to the library and change
    /// after the call: copy what you keep. An exception refuses the snapshot.
    /// </summary>
    void Add(ReadOnlyMemory<byte> block);

    /// <summary>
    /// All blocks are there: do they make a state? Changes nothing, and <see cref="Complete"/> does not follow. A leader asks
    /// this before a snapshot is restored by hand, because blocks that no replica can take over would stop all of them. An
    /// exception refuses the snapshot. Override it if <see cref="Add"/> does not look into the blocks.
    /// </summary>
    void Check()
    {
    }

    /// <summary>
    /// All blocks are there: the state that they make replaces the present one, as a whole. An exception refuses the snapshot;
    /// the present state must then be as it was.
    /// </summary>
    void Complete();
}
