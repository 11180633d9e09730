namespace Raft.Actors.StateMachine;

/// <summary>
/// A snapshot of a <b>small</b> state, for state machines that would rather write to a stream: the state is written out at
/// once, while no command is applied, and is held in memory as bytes. A state of more than a few MiB wants blocks of its own.
/// </summary>
public sealed class StreamSnapshot : IStateMachineSnapshot
{
    private const int BlockLength = 64 * 1024;

    private readonly byte[] _bytes;

    /// <summary>Writes the state to a stream and keeps what was written.</summary>
    public StreamSnapshot(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        _bytes = stream.ToArray();
    }

    /// <inheritdoc />
    public IEnumerable<ReadOnlyMemory<byte>> Blocks()
    {
        for (var from = 0; from < _bytes.Length; from += BlockLength)
        {
            yield return _bytes.AsMemory(from, Math.Min(BlockLength, _bytes.Length - from));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // The bytes belong to the garbage collector.
    }
}

/// <summary>Restores what a <see cref="StreamSnapshot"/> wrote: gathers all blocks in memory and reads them as one stream.</summary>
/// <param name="read">Reads the state and, when it has it all, makes it the state machine's. Throws where the bytes are not such a state.</param>
public sealed class StreamRestore(Action<Stream> read) : IStateMachineRestore
{
    private readonly MemoryStream _gathered = new();

    /// <inheritdoc />
    public void Add(ReadOnlyMemory<byte> block) => _gathered.Write(block.Span);

    /// <inheritdoc />
    public void Complete()
    {
        _gathered.Position = 0;
        read(_gathered);
    }

    /// <inheritdoc />
    public void Dispose() => _gathered.Dispose();
}
