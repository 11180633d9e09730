using System.Runtime.InteropServices;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// What snapshots bring: rows of the snapshot store and journal events (each with a version and a checksum), and messages.
/// </summary>
internal static class SnapshotFormat
{
    private const byte Version = 1;

    // The event of a completed snapshot: the first without identities, and still written where the journal has none.
    private const byte CompletedVersion = 1;
    private const byte CompletedWithIdentitiesVersion = 2;
    private const byte CompletedWithStateMachineVersion = 3;

    // Index, term, configuration's index, bytes, checksum, number of servers, number, chunks, length of a chunk.
    private const int MinimumSnapshotSize = 9;

    public static void Write(ref WireWriter writer, SnapshotChunk message)
    {
        writer.Byte(Version);
        writer.Index(message.Number);
        writer.Index(message.Chunk);
        writer.Bytes(message.Bytes.Span);
        writer.Checksum();
    }

    public static SnapshotChunk ReadChunk(ref WireReader reader)
    {
        JournalFormat.CheckVersion(reader.Byte(), Version, "a chunk of a snapshot");
        var body = reader.CheckedBody();
        var chunk = new SnapshotChunk(body.Index(), body.Int(), body.Bytes());
        body.End();
        return chunk;
    }

    public static void Write(ref WireWriter writer, SnapshotBegun message)
    {
        writer.Byte(JournalFormat.Version);
        writer.Index(message.Number);
        writer.Checksum();
    }

    public static SnapshotBegun ReadBegun(ref WireReader reader)
    {
        JournalFormat.CheckVersion(reader.Byte(), JournalFormat.Version, "a journal event");
        var body = reader.CheckedBody();
        var message = new SnapshotBegun(body.Index());
        body.End();
        return message;
    }

    public static void Write(ref WireWriter writer, SnapshotCompleted message)
    {
        var version = VersionOf(message);
        writer.Byte(version);
        writer.Index(message.Snapshots.Length);
        foreach (var snapshot in message.Snapshots)
        {
            Write(ref writer, snapshot.Content);
            writer.Index(snapshot.Number);
            writer.Index(snapshot.Chunks);
            writer.Index(snapshot.ChunkBytes);
        }

        writer.Bool(message.DiscardsLog);
        writer.Index(message.Term);
        writer.Server(message.VotedFor);
        if (version != CompletedVersion)
        {
            writer.Journal(message.Journal);
            writer.Group(message.Group);
        }

        writer.Checksum();
    }

    public static SnapshotCompleted ReadCompleted(ref WireReader reader)
    {
        var version = reader.Byte();
        if (version is not (CompletedVersion or CompletedWithIdentitiesVersion))
        {
            JournalFormat.CheckVersion(version, CompletedWithStateMachineVersion, "a journal event");
        }

        var body = reader.CheckedBody();
        var snapshots = new StoredSnapshot[body.Count(MinimumSnapshotSize)];
        for (var i = 0; i < snapshots.Length; i++)
        {
            snapshots[i] = new StoredSnapshot(ReadDescriptor(ref body), body.Index(), body.Int(), body.Int());
        }

        var message = new SnapshotCompleted(
            ImmutableCollectionsMarshal.AsImmutableArray(snapshots), body.Bool(), body.Index(), body.Server());
        if (version != CompletedVersion)
        {
            message = message with { Journal = body.Journal(), Group = body.Group() };
        }

        body.End();
        return message.Snapshots.IsEmpty
            ? throw new MalformedMessageException("a completed snapshot without a snapshot")
            : message;
    }

    private static byte VersionOf(SnapshotCompleted message) =>
        message.Snapshots.Any(static snapshot => snapshot.Content.Configuration.StateMachineVersion > 0)
            ? CompletedWithStateMachineVersion
        : message.Journal.IsNone ? CompletedVersion
        : CompletedWithIdentitiesVersion;

    public static void Write(ref WireWriter writer, InstallSnapshot message)
    {
        writer.Index(message.Sequence);
        Write(ref writer, message.Content);
        writer.Index(message.Offset);
        writer.Bytes(message.Bytes.Span);
    }

    public static InstallSnapshot ReadInstallSnapshot(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), ReadDescriptor(ref reader), reader.Index(), reader.Bytes());

    public static void Write(ref WireWriter writer, InstallSnapshotResponse message)
    {
        writer.Index(message.Sequence);
        writer.Byte((byte)message.Status);
        writer.Index(message.Offset);
    }

    public static InstallSnapshotResponse ReadInstallSnapshotResponse(ref WireReader reader, PeerHeader header) =>
        new(
            header,
            reader.Index(),
            (InstallStatus)reader.Choice((byte)InstallStatus.Refused, "status of an installation"),
            reader.Index());

    public static void Write(ref WireWriter writer, SnapshotTaken message)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
        writer.Index(message.Size);
    }

    public static SnapshotTaken ReadSnapshotTaken(ref WireReader reader) => new(reader.Index(), reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, ReadSnapshot message)
    {
        writer.Index(message.Number);
        writer.Index(message.Offset);
    }

    public static ReadSnapshot ReadRead(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, SnapshotPiece message)
    {
        writer.Index(message.Number);
        Write(ref writer, message.Content);
        writer.Index(message.Offset);
        writer.Bytes(message.Bytes.Span);
    }

    public static SnapshotPiece ReadPiece(ref WireReader reader) =>
        new(reader.Index(), ReadDescriptor(ref reader), reader.Index(), reader.Bytes());

    public static void Write(ref WireWriter writer, SnapshotNotFound message) => writer.Text(message.Reason);

    public static SnapshotNotFound ReadNotFound(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, SnapshotNotTaken message) => writer.Text(message.Reason);

    public static SnapshotNotTaken ReadSnapshotNotTaken(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, SnapshotDescriptor content)
    {
        writer.Index(content.Index);
        writer.Index(content.Term);
        ConfigurationCodec.Write(ref writer, content.Configuration);
        writer.Index(content.ConfigurationIndex);
        writer.Index(content.Bytes);
        writer.Index(content.Checksum);
    }

    public static SnapshotDescriptor ReadDescriptor(ref WireReader reader)
    {
        var index = reader.Index();
        var term = reader.Index();
        var configuration = ConfigurationCodec.Read(ref reader);
        return new SnapshotDescriptor(index, term, configuration, reader.Index(), reader.Index(), ReadChecksum(ref reader));
    }

    public static uint ReadChecksum(ref WireReader reader)
    {
        var value = reader.Index();
        return value <= uint.MaxValue ? (uint)value : throw new MalformedMessageException("a checksum is out of range");
    }
}
