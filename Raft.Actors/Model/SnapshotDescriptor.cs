namespace Raft.Actors.Model;

/// <summary>
/// What a snapshot holds, wherever it is stored: the state as it was when everything up to an index had been applied.
/// </summary>
/// <param name="Index">The last entry that is in it.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Configuration">The configuration that was in force there.</param>
/// <param name="ConfigurationIndex">The index of that configuration's entry.</param>
/// <param name="Bytes">How long its content is, in bytes.</param>
/// <param name="Checksum">The CRC-32C of its content.</param>
public sealed record SnapshotDescriptor(
    long Index, long Term, Configuration Configuration, long ConfigurationIndex, long Bytes, uint Checksum);

/// <summary>A snapshot in this server's snapshot store, in chunks of equal length (the last one may be shorter).</summary>
/// <param name="Content">What it holds.</param>
/// <param name="Number">Counts this server's snapshots, the failed ones too, so that no two share a key in the store.</param>
/// <param name="Chunks">How many chunks it has.</param>
/// <param name="ChunkBytes">How long a chunk is, in bytes.</param>
public sealed record StoredSnapshot(SnapshotDescriptor Content, long Number, int Chunks, int ChunkBytes)
{
    /// <inheritdoc cref="SnapshotDescriptor.Index" />
    public long Index => Content.Index;
}

/// <summary>What the library puts into the snapshot store; its own serializer writes it.</summary>
public interface ISnapshotRecord;

/// <summary>A piece of a snapshot's content, as a row of the snapshot store. It is stored with a checksum.</summary>
/// <param name="Number">Which snapshot it belongs to.</param>
/// <param name="Chunk">Its place, from 1 on.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record SnapshotChunk(long Number, int Chunk, ReadOnlyMemory<byte> Bytes) : ISnapshotRecord;
