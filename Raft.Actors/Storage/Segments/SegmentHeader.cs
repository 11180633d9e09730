using System.Buffers.Binary;
using System.Text;
using Raft.Actors.Serialization;

namespace Raft.Actors.Storage.Segments;

/// <summary>The beginning of each segment file: its owner, and the event at which it goes on.</summary>
/// <param name="PersistenceId">Whose events they are.</param>
/// <param name="FirstSequenceNr">The sequence number of its first event. Events of earlier segments from there on are
/// void.</param>
/// <param name="DeletedTo">Events up to here were deleted when it was made.</param>
internal sealed record SegmentHeader(string PersistenceId, long FirstSequenceNr, long DeletedTo)
{
    private const int FixedLength = 32;

    private static ReadOnlySpan<byte> Magic => "RAFTSEG1"u8;

    /// <summary>How long the header of a persistence id's segments is.</summary>
    public static int LengthFor(string persistenceId) => FixedLength + Encoding.UTF8.GetByteCount(persistenceId);

    public byte[] Encode()
    {
        var id = Encoding.UTF8.GetBytes(PersistenceId);
        var bytes = new byte[FixedLength + id.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), id.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), FirstSequenceNr);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), DeletedTo);
        id.CopyTo(bytes.AsSpan(FixedLength));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Crc32C.Of(bytes.AsSpan(12)));
        return bytes;
    }

    /// <summary>Reads a header; null if the bytes are none, or not all of one.</summary>
    public static SegmentHeader? TryDecode(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.Length < FixedLength || !bytes.StartsWith(Magic))
        {
            return null;
        }

        var idLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (idLength < 0 || idLength > bytes.Length - FixedLength
            || Crc32C.Of(bytes[12..(FixedLength + idLength)]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]))
        {
            return null;
        }

        length = FixedLength + idLength;
        return new SegmentHeader(
            Encoding.UTF8.GetString(bytes.Slice(FixedLength, idLength)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
    }
}
