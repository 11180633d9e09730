using System.Buffers.Binary;
using System.Text;

namespace Raft.Fuzz.Inputs;

/// <summary>Akka.Remote's frames, written by hand: an attacker does not use Akka.Remote.</summary>
internal static class AkkaFrame
{
    private const int NumberType = 0;
    private const int EightType = 1;
    private const int BytesType = 2;
    private const int ByName = 2;
    private const ulong Unnumbered = ulong.MaxValue;

    /// <summary>A field that holds bytes.</summary>
    public static byte[] Field(int number, ReadOnlySpan<byte> content) =>
        [.. Number((ulong)(number << 3) | BytesType), .. Number((ulong)content.Length), .. content];

    /// <summary>A field that holds a text.</summary>
    public static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A field that holds a number.</summary>
    public static byte[] Varint(int number, long value) =>
        [.. Number((ulong)(number << 3) | NumberType), .. Number(unchecked((ulong)value))];

    /// <summary>A field that holds a number of eight bytes.</summary>
    public static byte[] Fixed64(int number, ulong value)
    {
        var eight = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
        return [.. Number((ulong)(number << 3) | EightType), .. eight];
    }

    /// <summary>What a serializer made: bytes, its number, and what they are.</summary>
    public static byte[] Payload(int serializer, string manifest, ReadOnlySpan<byte> bytes) =>
        [.. Field(1, bytes), .. Varint(2, serializer), .. Field(3, manifest)];

    /// <summary>A message from an actor to an actor.</summary>
    public static byte[] Message(
        string recipient, string sender, ReadOnlySpan<byte> payload, ulong sequence = Unnumbered) => Field(
        1,
        Field(
            2, [.. Field(1, Field(1, recipient)), .. Field(2, payload), .. Field(4, Field(1, sender)), .. Fixed64(5, sequence)]));

    /// <summary>A message to a selection, part by part.</summary>
    public static byte[] Selection(ReadOnlySpan<byte> payload, params string[] path) =>
        [.. Field(1, payload), .. path.SelectMany(static name => Field(2, [.. Varint(1, ByName), .. Field(2, name)]))];

    /// <summary>The handshake that opens a connection.</summary>
    public static byte[] Associate(string system, string host, int port, ulong uid) => Field(
        2,
        [
            .. Varint(1, 1),
            .. Field(
                2,
                [.. Field(1, [.. Field(1, system), .. Field(2, host), .. Varint(3, port), .. Field(4, "tcp")]), .. Fixed64(
                    2,
                    uid)]),
        ]);

    /// <summary>The frame as it goes over TCP: its length first, as DotNetty's default order has it.</summary>
    public static byte[] WithLength(ReadOnlySpan<byte> frame)
    {
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, frame.Length);
        return [.. length, .. frame];
    }

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
