using System.Text;

namespace Raft.Host.KeyValue;

/// <summary>The outcome of a command. The numbers are part of the result format.</summary>
internal enum KeyValueResultKind : byte
{
    /// <summary>The value is set.</summary>
    Written = 1,

    /// <summary>The key was deleted, or did not exist.</summary>
    Deleted = 2,

    /// <summary>The condition did not hold; nothing has changed.</summary>
    ConditionFailed = 3,

    /// <summary>The command's bytes cannot be read; nothing has changed.</summary>
    Malformed = 4,
}

/// <summary>A command's result.</summary>
/// <param name="Kind">The outcome.</param>
/// <param name="Existed">Whether the key existed before.</param>
/// <param name="Version">The key's version now; 0 if it does not exist.</param>
/// <param name="Reason">With <see cref="KeyValueResultKind.Malformed"/>: what is wrong; otherwise empty.</param>
internal sealed record KeyValueResult(KeyValueResultKind Kind, bool Existed, long Version, string Reason = "")
{
    private const byte FormatVersion = 1;
    private const int MaxReasonBytes = 1024;

    public byte[] Encode()
    {
        var reason = Encoding.UTF8.GetBytes(Reason);
        var bytes = new byte[3 + sizeof(long) + ByteWriter.SizeOf(reason)];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)Kind);
        writer.WriteByte(Existed ? (byte)1 : (byte)0);
        writer.WriteInt64(Version);
        writer.WriteBytes(reason);
        return bytes;
    }

    /// <summary>Reads a result; null if the bytes are not one.</summary>
    public static KeyValueResult? Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        return reader.TryReadByte(out var format) && format == FormatVersion
            && reader.TryReadByte(out var kind)
            && kind is >= (byte)KeyValueResultKind.Written and <= (byte)KeyValueResultKind.Malformed
            && reader.TryReadByte(out var existed) && existed <= 1
            && reader.TryReadInt64(out var version) && version >= 0
            && reader.TryReadBytes(0, MaxReasonBytes, out var reason)
            && reader.AtEnd
                ? new KeyValueResult((KeyValueResultKind)kind, existed == 1, version, Encoding.UTF8.GetString(reason.Span))
                : null;
    }
}
