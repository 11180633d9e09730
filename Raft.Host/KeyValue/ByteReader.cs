using System.Buffers.Binary;

namespace Raft.Host.KeyValue;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. Nothing is read beyond the end and no length is believed before it was
/// held against what is there; each method answers false instead, for bytes that were committed cannot be sent back.
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

    /// <summary>Reads a byte string of a length between two bounds; what it gives is a part of the source, not a copy.</summary>
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
