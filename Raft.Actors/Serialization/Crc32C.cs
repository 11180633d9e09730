using System.Buffers.Binary;
using System.Numerics;

namespace Raft.Actors.Serialization;

/// <summary>
/// CRC-32C (Castagnoli), as iSCSI, ext4 and LevelDB have it. Every processor of today has an instruction for it: some 10 GB/s,
/// which is nothing beside the write that follows.
/// </summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes) => Continue(0, bytes);

    /// <summary>The checksum of what has this one followed by more bytes; 0 is that of no bytes.</summary>
    public static uint Continue(uint checksum, ReadOnlySpan<byte> bytes)
    {
        checksum = ~checksum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var octet in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, octet);
        }

        return ~checksum;
    }
}
