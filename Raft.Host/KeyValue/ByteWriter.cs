using System.Buffers.Binary;

namespace Raft.Host.KeyValue;

/// <summary>Fills an array of a size that was reckoned before; integers little-endian, byte strings behind their length.</summary>
internal ref struct ByteWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;
    private int _position;

    /// <summary>The bytes that <see cref="WriteBytes"/> takes for a byte string.</summary>
    public static int SizeOf(ReadOnlySpan<byte> bytes) => sizeof(int) + bytes.Length;

    public void WriteByte(byte value) => _target[_position++] = value;

    public void WriteInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_target[_position..], value);
        _position += sizeof(int);
    }

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_target[_position..], value);
        _position += sizeof(long);
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteInt32(bytes.Length);
        bytes.CopyTo(_target[_position..]);
        _position += bytes.Length;
    }
}
