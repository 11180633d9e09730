namespace Raft.Host.KeyValue;

/// <summary>What a query asks for. The numbers are part of the query format.</summary>
internal enum KeyValueQueryKind : byte
{
    /// <summary>One key's value.</summary>
    Get = 1,

    /// <summary>How many keys there are.</summary>
    Count = 2,

    /// <summary>The keys that begin with some bytes.</summary>
    List = 3,
}

/// <summary>A question to the state machine.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Key">The key, or the prefix of a list (which may be empty).</param>
/// <param name="After">A list begins after this key; empty: at the first key.</param>
/// <param name="Limit">A list names at most this many keys.</param>
internal readonly record struct KeyValueQuery(
    KeyValueQueryKind Kind,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> After = default,
    int Limit = 0)
{
    private const byte FormatVersion = 1;

    public static KeyValueQuery Get(ReadOnlyMemory<byte> key) => new(KeyValueQueryKind.Get, key);

    public static KeyValueQuery Count() => new(KeyValueQueryKind.Count, default);

    public static KeyValueQuery List(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> after, int limit) =>
        new(KeyValueQueryKind.List, prefix, after, limit);

    public byte[] Encode()
    {
        var bytes = new byte[2 + ByteWriter.SizeOf(Key.Span) + ByteWriter.SizeOf(After.Span) + sizeof(int)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)Kind);
        writer.WriteBytes(Key.Span);
        writer.WriteBytes(After.Span);
        writer.WriteInt32(Limit);
        return bytes;
    }

    /// <summary>Reads a query.</summary>
    /// <exception cref="FormatException">The bytes are not a query. The client is told; a query changes nothing.</exception>
    public static KeyValueQuery Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        return reader.TryReadByte(out var format) && format == FormatVersion
            && reader.TryReadByte(out var kind)
            && kind is >= (byte)KeyValueQueryKind.Get and <= (byte)KeyValueQueryKind.List
            && reader.TryReadBytes(0, KeyValueLimits.MaxKeyBytes, out var key)
            && reader.TryReadBytes(0, KeyValueLimits.MaxKeyBytes, out var after)
            && reader.TryReadInt32(out var limit) && limit >= 0
            && reader.AtEnd
                ? new KeyValueQuery((KeyValueQueryKind)kind, key, after, limit)
                : throw new FormatException($"the query ({bytes.Length} bytes) is not one of the key-value store's");
    }
}
