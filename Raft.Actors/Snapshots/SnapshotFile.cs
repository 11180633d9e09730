using System.Buffers.Binary;
using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Snapshots;

/// <summary>What the head of a snapshot file says.</summary>
/// <param name="Group">The group whose state it is.</param>
/// <param name="Content">What it holds: index, term and configuration at which it was taken, length and checksum of its
/// content.</param>
public sealed record SnapshotFileHead(string Group, SnapshotDescriptor Content);

/// <summary>
/// A snapshot as a file, for backups and for other groups: eight bytes that say what it is, the length of the head (four bytes,
/// little-endian), the head (a version, the group's name, the <see cref="SnapshotDescriptor"/>, a CRC-32C of these), and the
/// content, whose length and checksum the head names.
/// </summary>
public static class SnapshotFile
{
    private const byte Version = 1;
    private const int MaxHeadBytes = 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "RAFTSNAP"u8;

    /// <summary>The bytes that stand before the content.</summary>
    public static byte[] Head(SnapshotFileHead head)
    {
        var writer = new WireWriter(256);
        writer.Byte(Version);
        writer.Text(head.Group);
        SnapshotFormat.Write(ref writer, head.Content);
        writer.Checksum();
        var body = writer.ToArray();
        var bytes = new byte[Magic.Length + sizeof(int) + body.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), body.Length);
        body.CopyTo(bytes, Magic.Length + sizeof(int));
        return bytes;
    }

    /// <summary>Reads the head of a file and leaves the stream where the content begins.</summary>
    /// <exception cref="InvalidDataException">
    /// It is no snapshot file, of a later version, or damaged; the message says which.
    /// </exception>
    public static async Task<SnapshotFileHead> ReadHeadAsync(Stream file, CancellationToken cancellation = default)
    {
        var start = await ReadAsync(file, "RAFTSNAP".Length + sizeof(int), cancellation).ConfigureAwait(false);
        var length = CheckStart(start);
        var body = await ReadAsync(file, length, cancellation).ConfigureAwait(false);
        try
        {
            var reader = new WireReader(body);
            var version = reader.Byte();
            if (version != Version)
            {
                throw new InvalidDataException(
                    $"the snapshot file is of version {version}; this version of RaftAkka reads version {Version}");
            }

            var head = reader.CheckedBody();
            var group = head.Text();
            var content = SnapshotFormat.ReadDescriptor(ref head);
            head.End();
            return new SnapshotFileHead(group, content);
        }
        catch (MalformedMessageException malformed)
        {
            throw new InvalidDataException($"the head of the snapshot file is damaged: {malformed.Message}", malformed);
        }
    }

    /// <summary>Reads a whole file and holds its content against its head.</summary>
    /// <exception cref="InvalidDataException">It is not what it should be; the message says why.</exception>
    public static async Task<SnapshotFileHead> VerifyAsync(Stream file, CancellationToken cancellation = default)
    {
        var head = await ReadHeadAsync(file, cancellation).ConfigureAwait(false);
        var buffer = new byte[64 * 1024];
        var (bytes, checksum) = (0L, 0u);
        while (await file.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            bytes += read;
            checksum = Crc32C.Continue(checksum, buffer.AsSpan(0, read));
        }

        if (bytes != head.Content.Bytes)
        {
            var problem = bytes < head.Content.Bytes ? "cut off" : "followed by something else";
            throw new InvalidDataException(
                $"the snapshot file has {bytes} bytes of content and should have {head.Content.Bytes}: it is {problem}");
        }

        return checksum == head.Content.Checksum
            ? head
            : throw new InvalidDataException(
                $"the content of the snapshot file is damaged: its checksum is {checksum:X8} "
                + $"and should be {head.Content.Checksum:X8}");
    }

    /// <summary>The length of what follows the first bytes.</summary>
    private static int CheckStart(byte[] start)
    {
        if (!start.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new InvalidDataException(
                $"this is no snapshot file: it begins with {Convert.ToHexString(start.AsSpan(0, Magic.Length))}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(Magic.Length));
        return length is > 0 and <= MaxHeadBytes
            ? length
            : throw new InvalidDataException(
                $"the head of the snapshot file is damaged: it says that it has {length} bytes");
    }

    private static async Task<byte[]> ReadAsync(Stream file, int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        return await file.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) == count
            ? bytes
            : throw new InvalidDataException("this is no snapshot file, or it is cut off: it ends within its head");
    }
}
