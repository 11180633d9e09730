using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Raft.Actors.StateMachine;

namespace Raft.Host.KeyValue;

/// <summary>
/// The entries at one point in time. The first block holds "RKV", the format version and the number of entries. The other
/// blocks hold whole entries, each with its version, key and value, in the order of the keys.
/// </summary>
internal sealed class KeyValueSnapshot(ImmutableSortedSet<KeyValueEntry> entries) : IStateMachineSnapshot
{
    public const byte FormatVersion = 1;
    public const int HeaderBytes = 4 + sizeof(long);
    public const int EntryHeaderBytes = sizeof(long) + sizeof(int) + sizeof(int);

    private const int BlockBytes = 64 * 1024;

    public static ReadOnlySpan<byte> Magic => "RKV"u8;

    /// <inheritdoc />
    public IEnumerable<ReadOnlyMemory<byte>> Blocks()
    {
        var block = new ArrayBufferWriter<byte>(BlockBytes);
        WriteHeader(block);
        yield return block.WrittenMemory;
        block.ResetWrittenCount();
        foreach (var entry in entries)
        {
            Write(block, entry);
            if (block.WrittenCount >= BlockBytes)
            {
                yield return block.WrittenMemory;
                block.ResetWrittenCount();
            }
        }

        if (block.WrittenCount > 0)
        {
            yield return block.WrittenMemory;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing to release: the garbage collector takes the set.
    }

    private static void Write(ArrayBufferWriter<byte> block, KeyValueEntry entry)
    {
        var header = block.GetSpan(EntryHeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header, entry.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], entry.Key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], entry.Value.Length);
        block.Advance(EntryHeaderBytes);
        block.Write(entry.Key.Span);
        block.Write(entry.Value.Span);
    }

    private void WriteHeader(ArrayBufferWriter<byte> block)
    {
        block.Write(Magic);
        var rest = block.GetSpan(1 + sizeof(long));
        rest[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(rest[1..], entries.Count);
        block.Advance(1 + sizeof(long));
    }
}
