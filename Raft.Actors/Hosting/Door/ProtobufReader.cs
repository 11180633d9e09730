using System.Buffers.Binary;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// Reads the fields of one Protobuf message in place, without making objects. It is stricter than Google's reader: what that
/// one forgives (long tags, groups, numbers of more than 32 bits in 32-bit fields) is malformed here. So the two can never read
/// one message in two ways.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    private ReadOnlySpan<byte> _rest = message;
    private uint _seen;

    /// <summary>The present field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The present field's content, where it is bytes, a text or a message; otherwise empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The present field's number, where it is one; otherwise 0.</summary>
    public ulong Number { get; private set; }

    /// <summary>The message is not what Protobuf writes, or has two of a field that it may have once.</summary>
    public bool IsMalformed { get; private set; }

    private int WireType { get; set; }

    /// <summary>Goes to the next field; false at the end, and where the message is malformed.</summary>
    public bool Next()
    {
        if (IsMalformed || _rest.IsEmpty)
        {
            return false;
        }

        if (!TryVarint(out var tag) || tag > uint.MaxValue || tag >> 3 == 0)
        {
            return Fail();
        }

        (Field, WireType, Number) = ((int)(tag >> 3), (int)(tag & 7), 0);
        Bytes = default;
        return WireType switch
        {
            VarintType => TryVarint(out var number) ? Take(number) : Fail(),
            Fixed64Type when _rest.Length >= 8 => Take(BinaryPrimitives.ReadUInt64LittleEndian(TakeBytes(8))),
            Fixed32Type when _rest.Length >= 4 => Take(BinaryPrimitives.ReadUInt32LittleEndian(TakeBytes(4))),
            BytesType => TryVarint(out var length) && length <= (ulong)_rest.Length ? Take(TakeBytes((int)length)) : Fail(),
            _ => Fail(),
        };
    }

    /// <summary>The present field as bytes; malformed if it is none, or if there was one already.</summary>
    public ReadOnlySpan<byte> Once()
    {
        Require(BytesType);
        RequireFirst();
        return Bytes;
    }

    /// <summary>The present field as bytes, of which there may be several; malformed if it is none.</summary>
    public ReadOnlySpan<byte> Repeated()
    {
        Require(BytesType);
        return Bytes;
    }

    /// <summary>The present field as a 32-bit number; malformed if it is none, or if there was one already.</summary>
    public int Int32Once()
    {
        Require(VarintType);
        RequireFirst();
        var number = unchecked((int)Number);
        if (unchecked((ulong)number) != Number)
        {
            Fail();
        }

        return number;
    }

    /// <summary>The present field as eight bytes; malformed if it is none, or if there was one already.</summary>
    public ulong Fixed64Once()
    {
        Require(Fixed64Type);
        RequireFirst();
        return Number;
    }

    private void Require(int type)
    {
        if (WireType != type)
        {
            Fail();
        }
    }

    // Google's reader merges two messages of one field, and takes the last of two numbers.
    private void RequireFirst()
    {
        var bit = 1u << Field;
        if ((_seen & bit) != 0)
        {
            Fail();
        }

        _seen |= bit;
    }

    private bool Fail()
    {
        IsMalformed = true;
        _rest = default;
        return false;
    }

    private bool Take(ulong number)
    {
        Number = number;
        return true;
    }

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        Bytes = bytes;
        return true;
    }

    private ReadOnlySpan<byte> TakeBytes(int count)
    {
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var place = 0; place < 10 && place < _rest.Length; place++)
        {
            var next = _rest[place];
            value |= (ulong)(next & 0x7F) << (7 * place);
            if (next < 0x80)
            {
                _rest = _rest[(place + 1)..];
                return place < 9 || next <= 1;
            }
        }

        return false;
    }
}
