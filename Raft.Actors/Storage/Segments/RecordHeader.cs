using System.Buffers.Binary;
using Raft.Actors.Serialization;

namespace Raft.Actors.Storage.Segments;

/// <summary>What a record of a segment is. The numbers are part of the file format.</summary>
internal enum RecordKind : byte
{
    /// <summary>A persisted event.</summary>
    Event = 1,

    /// <summary>Events up to the record's sequence number are deleted.</summary>
    Deletion = 2,
}

/// <summary>
/// The 24 bytes before a record's body, little-endian: the body's length, a CRC-32C of all that follows it, the kind,
/// the record's place in the write that it came with, its sequence number.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">The body's length in bytes.</param>
/// <param name="Place">How many records were written before it in the same write.</param>
/// <param name="SequenceNr">Akka.Persistence's sequence number.</param>
internal readonly record struct RecordHeader(RecordKind Kind, int Length, int Place, long SequenceNr)
{
    public const int Size = 24;

    private const int ChecksumFrom = 8;

    /// <summary>The bytes that the record takes in a file.</summary>
    public int TotalLength => Size + Length;

    /// <summary>Writes the header before a body that is already in its place.</summary>
    /// <param name="record">Header and body.</param>
    public void Seal(Span<byte> record)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, Length);
        record[8] = (byte)Kind;
        record[9..12].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], Place);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], SequenceNr);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Checksum(record));
    }

    /// <summary>Reads what stands at the beginning of some bytes; whether it is a record says <see cref="IsIntact"/>.</summary>
    /// <returns>False if it cannot be the beginning of one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordHeader header)
    {
        header = default;
        if (bytes.Length < Size)
        {
            return false;
        }

        header = new RecordHeader(
            (RecordKind)bytes[8],
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
        return header is { Kind: RecordKind.Event or RecordKind.Deletion, Length: >= 0, Place: >= 0, SequenceNr: >= 0 };
    }

    /// <summary>Whether header and body are what was written.</summary>
    /// <param name="record">Header and body.</param>
    public static bool IsIntact(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[4..]) == Checksum(record);

    // The length is outside of it: a wrong one makes the checksum cover other bytes than were written.
    private static uint Checksum(ReadOnlySpan<byte> record) => Crc32C.Of(record[ChecksumFrom..]);
}
