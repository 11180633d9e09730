using System.Buffers.Binary;
using System.Text;
using Raft.Actors.LogLines;
using Raft.Actors.Model;

namespace Raft.Actors.Serialization;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote. Whatever the bytes are, a method either returns a value or throws
/// <see cref="MalformedMessageException"/>, and no length or count that they claim makes it allocate more than a small
/// multiple of the bytes that are there. Slices refer to the array that was given: it must not be changed afterwards.
/// </summary>
internal ref struct WireReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _source;
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    public WireReader(ReadOnlyMemory<byte> source)
    {
        _source = source;
        _bytes = source.Span;
    }

    private WireReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>How many bytes are still to be read.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>What stands before the checksum at the end and has not been read yet, if the checksum is right.</summary>
    public readonly WireReader CheckedBody()
    {
        var end = _bytes.Length - sizeof(uint);
        if (end < _position)
        {
            throw Truncated();
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(_bytes[end..]) == Crc32C.Of(_bytes[..end])
            ? new WireReader(_source[_position..end])
            : throw new MalformedMessageException("the checksum is wrong: the bytes are not those that were written");
    }

    /// <summary>Reads bytes in memory that belongs to others: numbers and names, of which nothing is kept.</summary>
    public static WireReader OfNames(ReadOnlySpan<byte> bytes) => new(bytes);

    public byte Byte()
    {
        if (_position >= _bytes.Length)
        {
            throw Truncated();
        }

        return _bytes[_position++];
    }

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new MalformedMessageException($"{other} stands where 0 or 1 should"),
    };

    /// <summary>A byte that is one of an enumeration's numbers, which count up from 0 without gaps.</summary>
    public byte Choice(byte highest, string what)
    {
        var value = Byte();
        return value <= highest ? value : throw new MalformedMessageException($"{value} is no {what}");
    }

    /// <summary>As <see cref="Choice(byte, string)"/>, beside a flag in a bit of the same byte.</summary>
    public byte Choice(byte highest, byte flag, string what, out bool isSet)
    {
        var value = Byte();
        isSet = (value & flag) != 0;
        value = (byte)(value & ~flag);
        return value <= highest ? value : throw new MalformedMessageException($"{value} is no {what}");
    }

    public long Index()
    {
        var value = Varint();
        return value <= long.MaxValue ? (long)value : throw new MalformedMessageException("a number is out of range");
    }

    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int SignedInt()
    {
        var value = Signed();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new MalformedMessageException("a number is out of range");
    }

    /// <summary>A number that is never negative and fits into 32 bits.</summary>
    public int Int()
    {
        var value = Varint();
        return value <= int.MaxValue ? (int)value : throw new MalformedMessageException("a number is out of range");
    }

    public TimeSpan? Duration() => Bool() ? TimeSpan.FromTicks(Signed()) : null;

    /// <summary>How many elements follow. A number that cannot fit into the bytes that are left is refused.</summary>
    /// <param name="minimumSize">The least bytes that one element takes.</param>
    public int Count(int minimumSize)
    {
        var count = Varint();
        return count <= (ulong)(Remaining / minimumSize)
            ? (int)count
            : throw new MalformedMessageException($"{count} elements are announced in {Remaining} bytes");
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        var length = Length();
        var start = _position;
        _position += length;
        return _source.Slice(start, length);
    }

    public string Text()
    {
        var length = Length();
        var bytes = _bytes.Slice(_position, length);
        _position += length;
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException cause)
        {
            throw new MalformedMessageException("a text is not UTF-8", cause);
        }
    }

    /// <summary>The beginning of a text that only a person reads, without what harms a terminal, however long it is.</summary>
    public string Excerpt()
    {
        var text = Bytes().Span;
        var shown = text.Length <= 4 * LogText.MaxLength ? text : text[..(4 * LogText.MaxLength)];
        return LogText.Clean(Encoding.UTF8.GetString(shown));
    }

    public string? OptionalText() => Bool() ? Text() : null;

    /// <summary>A server's id or none.</summary>
    public ServerId Server()
    {
        var text = Name();
        return text.Length == 0 ? default : new ServerId(text);
    }

    /// <summary>The identity of a group or none; 16 bytes.</summary>
    public GroupIdentity Group() => new(new UInt128(Fixed(), Fixed()));

    /// <summary>The identity of a journal or none; 8 bytes.</summary>
    public JournalIdentity Journal() => new(Fixed());

    /// <summary>A hash; 8 bytes.</summary>
    public ulong Hash() => Fixed();

    /// <summary>Reads a number if it is the given one, and otherwise leaves it unread.</summary>
    public bool Takes(long number)
    {
        var start = _position;
        if (Varint() == (ulong)number)
        {
            return true;
        }

        _position = start;
        return false;
    }

    /// <summary>A group's name or a server's id; empty if the id is none.</summary>
    public string Name()
    {
        var text = Encoding.Latin1.GetString(NameBytes());
        return text.Length == 0 || ServerId.IsValid(text)
            ? text
            : throw new MalformedMessageException("a name has characters that no name may have");
    }

    /// <summary>The bytes of a <see cref="Name"/>, to be compared: that they are those of a name is not checked.</summary>
    public ReadOnlySpan<byte> NameBytes()
    {
        var length = Length();
        if (length > ServerId.MaxLength)
        {
            throw new MalformedMessageException($"a name of {length} bytes; the limit is {ServerId.MaxLength}");
        }

        var start = _position;
        _position += length;
        return _bytes.Slice(start, length);
    }

    public EncodedPayload Payload()
    {
        var format = (PayloadFormat)Choice((byte)PayloadFormat.Null, "payload format");
        return new EncodedPayload(format, Bytes());
    }

    /// <summary>The bytes of a block; see <see cref="WireWriter.BeginBlock"/>.</summary>
    public ReadOnlyMemory<byte> Block()
    {
        if (Remaining < sizeof(int))
        {
            throw Truncated();
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_position..]);
        _position += sizeof(int);
        if (length < 0 || length > Remaining)
        {
            throw Truncated();
        }

        var start = _position;
        _position += length;
        return _source.Slice(start, length);
    }

    /// <summary>Refuses bytes after the last known field.</summary>
    public readonly void End()
    {
        if (Remaining > 0)
        {
            throw new MalformedMessageException($"{Remaining} bytes are left over");
        }
    }

    private static MalformedMessageException Truncated() => new("the bytes end in the middle of a field");

    private ulong Fixed()
    {
        if (Remaining < sizeof(ulong))
        {
            throw Truncated();
        }

        var value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_position..]);
        _position += sizeof(ulong);
        return value;
    }

    private int Length()
    {
        var length = Varint();
        return length <= (ulong)Remaining ? (int)length : throw Truncated();
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new MalformedMessageException("a number has more than 64 bits");
    }
}
