using System.Buffers.Binary;
using Raft.Actors.Serialization;

namespace Raft.Actors.Storage.Segments;

/// <summary>
/// Whether the bytes after a segment's last intact record can be the rest of a write that a crash interrupted and that was
/// never confirmed. A disk writes whole sectors; what it has not written of a file is zeros, or the file is shorter. So a torn
/// write lacks at least one sector. A damaged record that lacks none was damaged afterwards, and may have been confirmed.
/// </summary>
internal static class TornWrite
{
    /// <summary>The least that a disk writes at once, bytes.</summary>
    public const int Sector = 512;

    /// <param name="file">All of the file.</param>
    /// <param name="end">Where the next record would begin.</param>
    /// <param name="last">The last event before it.</param>
    public static bool CanBe(ReadOnlySpan<byte> file, int end, long last)
    {
        var rest = file[end..];
        var used = rest.LastIndexOfAnyExcept((byte)0) + 1;
        var firstSector = Math.Min(Sector - (end % Sector), rest.Length);
        if (used == 0 || IsZero(rest[..firstSector]))
        {
            return true;
        }

        if (rest.Length < RecordHeader.Size
            || (firstSector < RecordHeader.Size && IsZero(rest[firstSector..Math.Min(firstSector + Sector, rest.Length)])))
        {
            return true;
        }

        return RecordHeader.TryRead(rest, out var header)
            && (header.Kind == RecordKind.Event ? header.SequenceNr == last + 1 : header.SequenceNr <= last)
            && !IsWholeBesideItsLength(rest[..Math.Min(used + Sector, rest.Length)])
            && LacksASector(file, end, header.TotalLength);
    }

    private static bool LacksASector(ReadOnlySpan<byte> file, int end, long length)
    {
        if (end + length > file.Length)
        {
            return true;
        }

        for (var at = end; at < end + length;)
        {
            var next = (int)Math.Min((at / Sector * (long)Sector) + Sector, end + length);
            if (IsZero(file[at..next]))
            {
                return true;
            }

            at = next;
        }

        return false;
    }

    // The length is outside of the checksum: with another one the record may be what was written.
    private static bool IsWholeBesideItsLength(ReadOnlySpan<byte> rest)
    {
        var wanted = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        var checksum = Crc32C.Of(rest[8..RecordHeader.Size]);
        for (var length = RecordHeader.Size; checksum != wanted; length++)
        {
            if (length == rest.Length)
            {
                return false;
            }

            checksum = Crc32C.Continue(checksum, rest.Slice(length, 1));
        }

        return true;
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);
}
