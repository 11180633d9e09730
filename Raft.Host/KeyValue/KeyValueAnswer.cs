using System.Collections.Immutable;

namespace Raft.Host.KeyValue;

/// <summary>The answer to a <see cref="KeyValueQuery"/>.</summary>
internal abstract record KeyValueAnswer
{
    private const byte FormatVersion = 1;
    private const byte ValueKind = 1;
    private const byte CountKind = 2;
    private const byte KeysKind = 3;

    private KeyValueAnswer()
    {
    }

    /// <summary>The answer to get.</summary>
    /// <param name="Version">The key's version; 0 if it does not exist.</param>
    /// <param name="Bytes">Its value.</param>
    public sealed record Value(long Version, ReadOnlyMemory<byte> Bytes) : KeyValueAnswer
    {
        public bool Exists => Version > 0;
    }

    /// <summary>The answer to count.</summary>
    /// <param name="KeyCount">How many keys there are.</param>
    /// <param name="Bytes">How many bytes keys and values have together.</param>
    public sealed record Count(long KeyCount, long Bytes) : KeyValueAnswer;

    /// <summary>The answer to list.</summary>
    /// <param name="Entries">The keys, in the order of their bytes, and their versions.</param>
    /// <param name="Truncated">Whether more follow.</param>
    public sealed record KeyList(ImmutableArray<ListedKey> Entries, bool Truncated) : KeyValueAnswer;

    public byte[] Encode()
    {
        var size = 2 + this switch
        {
            Value value => sizeof(long) + ByteWriter.SizeOf(value.Bytes.Span),
            Count => sizeof(long) + sizeof(long),
            KeyList keys => 1 + sizeof(int) + keys.Entries.Sum(static entry => sizeof(long) + ByteWriter.SizeOf(entry.Key.Span)),
            _ => throw new NotSupportedException(GetType().Name),
        };
        var bytes = new byte[size];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        switch (this)
        {
            case Value value:
                writer.WriteByte(ValueKind);
                writer.WriteInt64(value.Version);
                writer.WriteBytes(value.Bytes.Span);
                break;
            case Count count:
                writer.WriteByte(CountKind);
                writer.WriteInt64(count.KeyCount);
                writer.WriteInt64(count.Bytes);
                break;
            case KeyList keys:
                writer.WriteByte(KeysKind);
                writer.WriteByte(keys.Truncated ? (byte)1 : (byte)0);
                writer.WriteInt32(keys.Entries.Length);
                foreach (var entry in keys.Entries)
                {
                    writer.WriteInt64(entry.Version);
                    writer.WriteBytes(entry.Key.Span);
                }

                break;
        }

        return bytes;
    }

    /// <summary>Reads an answer; null if the bytes are not one.</summary>
    public static KeyValueAnswer? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var format) || format != FormatVersion || !reader.TryReadByte(out var kind))
        {
            return null;
        }

        KeyValueAnswer? answer = null;
        switch (kind)
        {
            case ValueKind when reader.TryReadInt64(out var version)
                && reader.TryReadBytes(0, KeyValueLimits.MaxValueBytes, out var value):
                answer = new Value(version, value);
                break;
            case CountKind when reader.TryReadInt64(out var count) && reader.TryReadInt64(out var total):
                answer = new Count(count, total);
                break;
            case KeysKind when reader.TryReadByte(out var truncated) && truncated <= 1
                && reader.TryReadInt32(out var length) && length is >= 0 and <= KeyValueLimits.MaxListedKeys:
                answer = ReadKeys(ref reader, length, truncated == 1);
                break;
        }

        return reader.AtEnd ? answer : null;
    }

    private static KeyList? ReadKeys(ref ByteReader reader, int length, bool truncated)
    {
        var entries = ImmutableArray.CreateBuilder<ListedKey>();
        for (var i = 0; i < length; i++)
        {
            if (!reader.TryReadInt64(out var version) || !reader.TryReadBytes(1, KeyValueLimits.MaxKeyBytes, out var key))
            {
                return null;
            }

            entries.Add(new ListedKey(key, version));
        }

        return new KeyList(entries.ToImmutable(), truncated);
    }
}

/// <summary>A key in a list.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">Its version.</param>
internal readonly record struct ListedKey(ReadOnlyMemory<byte> Key, long Version);
