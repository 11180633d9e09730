using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Snapshots;

/// <summary>
/// Reads a stored snapshot from its first chunk to its last and holds each, and the whole, against what it should be.
/// </summary>
internal sealed class ChunkReader(StoredSnapshot snapshot)
{
    private long _bytes;
    private uint _checksum;

    /// <summary>The next chunk to ask for, from 1 on.</summary>
    public int Next { get; private set; } = 1;

    public bool IsAtEnd => Next > snapshot.Chunks;

    /// <summary>Takes what the store answered for <see cref="Next"/>.</summary>
    /// <exception cref="MalformedMessageException">The chunk is missing, or is not what was stored.</exception>
    public ReadOnlyMemory<byte> Take(LoadSnapshotResult answer)
    {
        var bytes = BytesOf(snapshot, Next, answer);
        _bytes += bytes.Length;
        _checksum = Crc32C.Continue(_checksum, bytes.Span);
        if (Next++ == snapshot.Chunks && (_bytes != snapshot.Content.Bytes || _checksum != snapshot.Content.Checksum))
        {
            throw new MalformedMessageException(
                $"snapshot {snapshot.Number} has {_bytes} bytes with checksum {_checksum:X8}, "
                + $"and should have {snapshot.Content.Bytes} with {snapshot.Content.Checksum:X8}");
        }

        return bytes;
    }

    /// <summary>
    /// The bytes of a chunk, if the answer is that chunk: a store may answer with an older row where this one is missing.
    /// </summary>
    public static ReadOnlyMemory<byte> BytesOf(StoredSnapshot snapshot, int chunk, LoadSnapshotResult answer) =>
        answer.Snapshot is { } found
        && found.Metadata.SequenceNr == SnapshotKeys.SequenceNr(snapshot.Number, chunk)
        && found.Snapshot is SnapshotChunk stored
        && stored.Number == snapshot.Number
        && stored.Chunk == chunk
            ? stored.Bytes
            : throw new MalformedMessageException(
                $"chunk {chunk} of {snapshot.Chunks} of snapshot {snapshot.Number} is missing from the snapshot store");

    /// <summary>
    /// Whether a failure to load says that the row cannot be read, and not that the store cannot be reached just now.
    /// </summary>
    public static bool IsDamage(Exception cause) =>
        cause.GetBaseException() is System.Runtime.Serialization.SerializationException;
}
