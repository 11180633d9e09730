using System.Buffers.Binary;
using System.Collections.Immutable;
using Raft.Actors.StateMachine;

namespace Raft.Host.KeyValue;

/// <summary>Rebuilds the entries from the blocks of a <see cref="KeyValueSnapshot"/>, and checks each one.</summary>
/// <param name="complete">Takes the entries, and the number of bytes of their keys and values, as the new state.</param>
internal sealed class KeyValueRestore(Action<ImmutableSortedSet<KeyValueEntry>.Builder, long> complete) : IStateMachineRestore
{
    private readonly ImmutableSortedSet<KeyValueEntry>.Builder _entries = ImmutableSortedSet.CreateBuilder(KeyOrder.Instance);
    private long _bytes;
    private long? _expected;
    private KeyValueEntry? _last;

    /// <inheritdoc />
    public void Add(ReadOnlyMemory<byte> block)
    {
        if (_expected is null)
        {
            _expected = ReadHeader(block.Span);
            return;
        }

        while (!block.IsEmpty)
        {
            block = block[TakeEntry(block.Span)..];
        }
    }

    /// <inheritdoc />
    public void Check()
    {
        if (_entries.Count != _expected)
        {
            throw new InvalidDataException(
                $"the key-value store's snapshot has {_entries.Count} entries, "
                + $"but its header says {_expected?.ToString() ?? "nothing, because it is missing"}");
        }
    }

    /// <inheritdoc />
    public void Complete()
    {
        Check();
        complete(_entries, _bytes);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing to release: the garbage collector takes the entries.
    }

    private static long ReadHeader(ReadOnlySpan<byte> block)
    {
        if (block.Length != KeyValueSnapshot.HeaderBytes
            || !block[..3].SequenceEqual(KeyValueSnapshot.Magic)
            || block[3] != KeyValueSnapshot.FormatVersion)
        {
            throw new InvalidDataException(
                $"these bytes begin with {Convert.ToHexString(block[..Math.Min(4, block.Length)])} "
                + $"and are not a snapshot of the key-value store in format {KeyValueSnapshot.FormatVersion}");
        }

        return BinaryPrimitives.ReadInt64LittleEndian(block[4..]);
    }

    /// <summary>Reads the entry at the beginning of a block, and returns its length there.</summary>
    private int TakeEntry(ReadOnlySpan<byte> block)
    {
        if (block.Length < KeyValueSnapshot.EntryHeaderBytes)
        {
            throw CutOff();
        }

        var version = BinaryPrimitives.ReadInt64LittleEndian(block);
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(block[8..]);
        var valueLength = BinaryPrimitives.ReadInt32LittleEndian(block[12..]);
        if (version <= 0
            || keyLength is < 1 or > KeyValueLimits.MaxKeyBytes
            || valueLength is < 0 or > KeyValueLimits.MaxValueBytes)
        {
            throw new InvalidDataException(
                $"entry {_entries.Count} of the key-value store's snapshot has version {version}, "
                + $"{keyLength} bytes of key and {valueLength} of value, which is impossible");
        }

        var body = block[KeyValueSnapshot.EntryHeaderBytes..];
        if (body.Length < keyLength + valueLength)
        {
            throw CutOff();
        }

        var entry = new KeyValueEntry(body[..keyLength].ToArray(), body.Slice(keyLength, valueLength).ToArray(), version);
        if (_last is not null && KeyOrder.Instance.Compare(_last, entry) >= 0)
        {
            throw new InvalidDataException($"entry {_entries.Count} of the key-value store's snapshot is out of order");
        }

        _entries.Add(entry);
        _bytes += keyLength + valueLength;
        _last = entry;
        return KeyValueSnapshot.EntryHeaderBytes + keyLength + valueLength;
    }

    private InvalidDataException CutOff() => new($"entry {_entries.Count} of the key-value store's snapshot is cut off");
}
