using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Raft.Actors.Model;

namespace Raft.Actors.Serialization;

/// <summary>
/// Writes the primitives of the wire and journal formats into a pooled buffer; <see cref="ToArray"/> copies them once
/// into an array of the exact size. (Computing the size first would save that copy and cost every format a second
/// method that must agree with the first; copying 16 KiB takes less than a microsecond.)
/// </summary>
/// <remarks>
/// Whole numbers are base-128 varints, the low seven bits first, a set high bit meaning that more follow. Those that
/// may be negative are zigzag-coded first. Bytes and texts (UTF-8) carry their length in bytes before them.
/// </remarks>
internal ref struct WireWriter
{
    private const int MaxVarint = 10;

    private byte[] _buffer;
    private int _length;

    /// <summary>Makes a writer.</summary>
    /// <param name="sizeHint">How many bytes will come, roughly; a wrong hint costs a copy.</param>
    public WireWriter(int sizeHint)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, 128));
    }

    /// <summary>How many bytes were written.</summary>
    public readonly int Length => _length;

    /// <summary>Everything that was written; the writer must not be used after it.</summary>
    public byte[] ToArray()
    {
        var result = _buffer.AsSpan(0, _length).ToArray();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        return result;
    }

    /// <summary>A checksum of everything before it; see <see cref="WireReader.CheckedBody"/>.</summary>
    public void Checksum()
    {
        var checksum = Crc32C.Of(_buffer.AsSpan(0, _length));
        Reserve(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), checksum);
        _length += sizeof(uint);
    }

    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A number that is never negative, such as an index or a term.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public void Index(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Varint((ulong)value);
    }

    /// <summary>A number that may be negative.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>A length of time or nothing, in ticks.</summary>
    public void Duration(TimeSpan? value)
    {
        Bool(value.HasValue);
        if (value is { } duration)
        {
            Signed(duration.Ticks);
        }
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    public void Text(string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)count);
        Reserve(count);
        _length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    /// <summary>A text or null: a byte that says which, then the text.</summary>
    public void OptionalText(string? value)
    {
        Bool(value is not null);
        if (value is not null)
        {
            Text(value);
        }
    }

    /// <summary>The identity of a group or none; 16 bytes.</summary>
    public void Group(GroupIdentity identity)
    {
        Fixed((ulong)(identity.Value >> 64));
        Fixed((ulong)identity.Value);
    }

    /// <summary>The identity of a journal or none; 8 bytes.</summary>
    public void Journal(JournalIdentity identity) => Fixed(identity.Value);

    /// <summary>A hash; 8 bytes.</summary>
    public void Hash(ulong value) => Fixed(value);

    /// <summary>A server's id; none is the empty text.</summary>
    public void Server(ServerId id) => Text(id.Value);

    public void Payload(EncodedPayload payload)
    {
        Byte((byte)payload.Format);
        Bytes(payload.Bytes.Span);
    }

    /// <summary>Four bytes to be filled in later by <see cref="EndBlock"/>: the length of what is written between.</summary>
    public int BeginBlock()
    {
        Reserve(sizeof(int));
        _length += sizeof(int);
        return _length;
    }

    /// <summary>Ends the block that <see cref="BeginBlock"/> began.</summary>
    public readonly void EndBlock(int start) =>
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start - sizeof(int)), _length - start);

    private void Fixed(ulong value)
    {
        Reserve(sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(ulong);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Varint(ulong value)
    {
        Reserve(MaxVarint);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked((int)Math.Max((uint)_buffer.Length * 2, (uint)_length + (uint)count)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
