using System.Buffers.Binary;

namespace Raft.Host.KeyValue;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. It never reads beyond the end, and checks each length against the bytes that
/// are left. Instead of throwing, each method returns false, because committed bytes cannot be sent back.
/// </summary>
internal ref struct ByteReader(ReadOnlyMemory<byte> source)
{
    private readonly ReadOnlyMemory<byte> _source = source;
    private int _position;

    /// <summary>Whether every byte was read.</summary>
    public readonly bool AtEnd => _position == _source.Length;

    public bool TryReadByte(out byte value)
    {
        if (_position >= _source.Length)
        {
            value = 0;
            return false;
        }

        value = _source.Span[_position++];
        return true;
    }

    public bool TryReadInt32(out int value)
    {
        var read = BinaryPrimitives.TryReadInt32LittleEndian(_source.Span[_position..], out value);
        _position += read ? sizeof(int) : 0;
        return read;
    }

    public bool TryReadInt64(out long value)
    {
        var read = BinaryPrimitives.TryReadInt64LittleEndian(_source.Span[_position..], out value);
        _position += read ? sizeof(long) : 0;
        return read;
    }

    /// <summary>Reads a byte string whose length is between two bounds. It is a part of the source, not a copy.</summary>
    public bool TryReadBytes(int minimum, int maximum, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (!TryReadInt32(out var length) || length < minimum || length > maximum || length > _source.Length - _position)
        {
            return false;
        }

        bytes = _source.Slice(_position, length);
        _position += length;
        return true;
    }
}
