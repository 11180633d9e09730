namespace Raft.Actors.StateMachine;

/// <summary>
/// A snapshot of a <b>small</b> state, for state machines that would rather write to a stream: the state is written out at
/// once, while no command is applied, and is held in memory as bytes. If the state has more than a few MiB, give it as blocks.
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

/// <summary>
/// Restores what a <see cref="StreamSnapshot"/> wrote: gathers all blocks in memory and reads them as one stream.
/// </summary>
public sealed class StreamRestore : IStateMachineRestore
{
    private readonly MemoryStream _gathered = new();
    private readonly Func<Stream, Action> _read;
    private readonly bool _mayCheck;

    /// <summary>For a state that is read and taken over in one.</summary>
    /// <param name="read">Reads the state and, when it has it all, makes it the state machine's. Throws if the bytes are not
    /// such a state.</param>
    public StreamRestore(Action<Stream> read) => _read = stream => () => read(stream);

    /// <summary>
    /// For a state that is read first and then taken over, so that <see cref="Check"/> can tell whether the bytes are a state.
    /// </summary>
    /// <param name="read">Reads the state and returns what makes it the state machine's. Throws if the bytes are not such a
    /// state.</param>
    public StreamRestore(Func<Stream, Action> read) => (_read, _mayCheck) = (read, true);

    /// <inheritdoc />
    public void Add(ReadOnlyMemory<byte> block) => _gathered.Write(block.Span);

    /// <inheritdoc />
    public void Check()
    {
        if (_mayCheck)
        {
            _ = Read();
        }
    }

    /// <inheritdoc />
    public void Complete() => Read()();

    /// <inheritdoc />
    public void Dispose() => _gathered.Dispose();

    private Action Read()
    {
        _gathered.Position = 0;
        return _read(_gathered);
    }
}
