using System.Buffers.Binary;

namespace Raft.Host.KeyValue;

/// <summary>Fills an array of exactly the right size. Integers are little-endian; a byte string follows its length.</summary>
internal ref struct ByteWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;
    private int _position;

    /// <summary>How many bytes <see cref="WriteBytes"/> writes for a byte string.</summary>
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
