using System.Buffers.Binary;

namespace Raft.Actors.Storage;

/// <summary>
/// Whether SQLite's write-ahead log has lost what was committed. SQLite reads it up to the first damaged frame and silently
/// drops the rest: one flipped bit would take all later commits with it. Each commit is synced before the next frame is
/// written. So a frame after a commit says that the commit, and everything before it, had been whole
/// (https://www.sqlite.org/fileformat2.html, 4).
/// </summary>
internal static class WriteAheadLogCheck
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint LittleEndianMagic = 0x377f0682;
    private const uint BigEndianMagic = 0x377f0683;

    /// <summary>Says what is wrong with a file; null if nothing is, or it is not there.</summary>
    /// <param name="path">The write-ahead log. No connection of this process may have it open.</param>
    public static string? Problem(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Problem(file) is { } problem ? $"{path}: {problem}" : null;
    }

    /// <inheritdoc cref="Problem(string)"/>
    public static string? Problem(Stream file)
    {
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return null;
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var isBigEndian = magic == BigEndianMagic;
        var sum = Sum(header.AsSpan(0, 24), default, isBigEndian);
        if (magic is not (LittleEndianMagic or BigEndianMagic)
            || sum != Stored(header.AsSpan(24))
            || PageBytes(header) is not { } pageBytes)
        {
            // SQLite syncs it before the first frame.
            return file.Length > HeaderBytes
                ? "its header is damaged, so that SQLite would drop all that was committed since the file was begun"
                : null;
        }

        var frame = new byte[FrameHeaderBytes + pageBytes];
        var (number, broken, isCommitted) = (0L, 0L, false);
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            number++;
            var isOfThisRound = frame.AsSpan(8, 8).SequenceEqual(header.AsSpan(16, 8));
            var next = Sum(frame.AsSpan(FrameHeaderBytes), Sum(frame.AsSpan(0, 8), sum, isBigEndian), isBigEndian);
            var isIntact = isOfThisRound && next == Stored(frame.AsSpan(16));
            if (isIntact && broken > 0 && isCommitted)
            {
                return $"frame {broken} is damaged, and frame {number} was written after it had been committed";
            }

            broken = broken == 0 && !isIntact ? number : broken;
            isCommitted |= broken > 0 && isOfThisRound && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0;

            // Each sum goes on from the one that the frame before says it has, so that what follows a broken one can be
            // checked.
            sum = Stored(frame.AsSpan(16));
        }

        return null;
    }

    private static int? PageBytes(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32BigEndian(header[8..]) is >= 512 and <= 65536 and var bytes && uint.IsPow2(bytes)
            ? (int)bytes
            : null;

    private static (uint, uint) Stored(ReadOnlySpan<byte> bytes) =>
        (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));

    private static (uint, uint) Sum(ReadOnlySpan<byte> bytes, (uint First, uint Second) sum, bool isBigEndian)
    {
        var (first, second) = sum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            first = unchecked(first + Word(bytes, isBigEndian) + second);
            second = unchecked(second + Word(bytes[4..], isBigEndian) + first);
        }

        return (first, second);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
