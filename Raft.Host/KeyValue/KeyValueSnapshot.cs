using System.Buffers.Binary;
using System.Collections.Immutable;
using Raft.Actors.StateMachine;

namespace Raft.Host.KeyValue;

/// <summary>
/// The entries at one point in time. As a stream: "RKV", format version, number of entries, then each entry's version,
/// key and value in the order of the keys.
/// </summary>
internal sealed class KeyValueSnapshot(ImmutableSortedSet<KeyValueEntry> entries) : IStateMachineSnapshot
{
    private const byte FormatVersion = 1;
    private const int EntryHeaderBytes = sizeof(long) + sizeof(int) + sizeof(int);

    private static ReadOnlySpan<byte> Magic => "RKV"u8;

    /// <inheritdoc />
    public void WriteTo(Stream destination)
    {
        Span<byte> header = stackalloc byte[EntryHeaderBytes];
        destination.Write(Magic);
        destination.WriteByte(FormatVersion);
        BinaryPrimitives.WriteInt64LittleEndian(header, entries.Count);
        destination.Write(header[..sizeof(long)]);
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteInt64LittleEndian(header, entry.Version);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], entry.Key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], entry.Value.Length);
            destination.Write(header);
            destination.Write(entry.Key.Span);
            destination.Write(entry.Value.Span);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // Nothing to give back: the set belongs to the garbage collector.
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is cut off or damaged.</exception>
    public static ImmutableSortedSet<KeyValueEntry>.Builder Read(Stream source)
    {
        try
        {
            return ReadEntries(source);
        }
        catch (EndOfStreamException cutOff)
        {
            throw new InvalidDataException("the key-value store's snapshot is cut off", cutOff);
        }
    }

    private static ImmutableSortedSet<KeyValueEntry>.Builder ReadEntries(Stream source)
    {
        Span<byte> header = stackalloc byte[EntryHeaderBytes];
        source.ReadExactly(header[..4]);
        if (!header[..3].SequenceEqual(Magic) || header[3] != FormatVersion)
        {
            throw new InvalidDataException(
                $"these bytes begin with {Convert.ToHexString(header[..4])} and are no snapshot of the key-value store in format {FormatVersion}");
        }

        source.ReadExactly(header[..sizeof(long)]);
        var count = BinaryPrimitives.ReadInt64LittleEndian(header);
        var entries = ImmutableSortedSet.CreateBuilder(KeyOrder.Instance);
        KeyValueEntry? last = null;
        for (long i = 0; i < count; i++)
        {
            source.ReadExactly(header);
            var version = BinaryPrimitives.ReadInt64LittleEndian(header);
            var keyLength = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            var valueLength = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
            if (version <= 0
                || keyLength is < 1 or > KeyValueLimits.MaxKeyBytes
                || valueLength is < 0 or > KeyValueLimits.MaxValueBytes)
            {
                throw new InvalidDataException(
                    $"entry {i} of the key-value store's snapshot has version {version}, {keyLength} bytes of key and {valueLength} of value, which cannot be");
            }

            var entry = new KeyValueEntry(Take(source, keyLength), Take(source, valueLength), version);
            if (last is not null && KeyOrder.Instance.Compare(last, entry) >= 0)
            {
                throw new InvalidDataException($"entry {i} of the key-value store's snapshot is out of order");
            }

            entries.Add(entry);
            last = entry;
        }

        return source.ReadByte() < 0
            ? entries
            : throw new InvalidDataException($"the key-value store's snapshot goes on behind its {count} entries");
    }

    private static byte[] Take(Stream source, int length)
    {
        var bytes = new byte[length];
        source.ReadExactly(bytes);
        return bytes;
    }
}
