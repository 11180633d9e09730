using System.Buffers.Binary;

namespace Raft.Fuzz.Inputs;

/// <summary>Damages bytes as a hostile or careless sender would.</summary>
internal static class Mutation
{
    private const int MaxGrowth = 4096;

    /// <summary>Numbers at the ends of what their types hold, as Protobuf and RaftAkka write them (7 bits a byte).</summary>
    private static readonly byte[][] Varints =
    [
        [0], [1], [0x7F], [0x80, 1], [0xFF, 0x7F], [0xFF, 0xFF, 3],
        [0xFF, 0xFF, 0xFF, 0xFF, 7],
        [0x80, 0x80, 0x80, 0x80, 8],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
        [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
    ];

    private static readonly int[] Integers = [0, 1, -1, 127, 255, 256, 65535, 65536, int.MaxValue, int.MinValue, 1 << 24];

    /// <summary>A damaged copy.</summary>
    /// <param name="bytes">What was whole.</param>
    /// <param name="other">What parts may be taken from.</param>
    /// <param name="luck">Decides how, where and how often.</param>
    public static byte[] Of(byte[] bytes, byte[] other, Random luck)
    {
        var damaged = new List<byte>(bytes);
        for (var left = 1 + luck.Next(luck.Next(2) == 0 ? 1 : 8); left > 0; left--)
        {
            Once(damaged, other, luck);
        }

        return [.. damaged];
    }

    private static void Once(List<byte> bytes, byte[] other, Random luck)
    {
        var place = luck.Next(bytes.Count + 1);
        switch (luck.Next(9))
        {
            case 0 when place < bytes.Count:
                bytes[place] ^= (byte)(1 << luck.Next(8));
                break;
            case 1 when place < bytes.Count:
                bytes[place] = (byte)luck.Next(256);
                break;
            case 2:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            case 3:
                bytes.RemoveRange(place, luck.Next(Math.Min(16, bytes.Count - place) + 1));
                break;
            case 4:
                var more = new byte[luck.Next(luck.Next(20) == 0 ? MaxGrowth : 16)];
                luck.NextBytes(more);
                bytes.InsertRange(place, more);
                break;
            case 5:
                var varint = Varints[luck.Next(Varints.Length)];
                bytes.RemoveRange(place, Math.Min(bytes.Count - place, luck.Next(1 + varint.Length)));
                bytes.InsertRange(place, varint);
                break;
            case 6 when bytes.Count - place >= sizeof(int):
                Span<byte> number = stackalloc byte[sizeof(int)];
                BinaryPrimitives.WriteInt32LittleEndian(number, Integers[luck.Next(Integers.Length)]);
                bytes.RemoveRange(place, sizeof(int));
                bytes.InsertRange(place, number);
                break;
            case 7 when other.Length > 0:
                var from = luck.Next(other.Length);
                bytes.InsertRange(place, other.AsSpan(from, luck.Next(Math.Min(256, other.Length - from) + 1)));
                break;
            case 8:
                // The same part again: a field, an entry or a header that may be there once.
                var length = luck.Next(Math.Min(64, bytes.Count - place) + 1);
                bytes.InsertRange(place, bytes.GetRange(place, length));
                break;
        }
    }
}
