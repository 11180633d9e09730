using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Snapshots;

/// <summary>Cuts a snapshot's content into chunks of one length and keeps count of it.</summary>
internal sealed class ChunkPacker(long number, int chunkBytes)
{
    private byte[] _buffer = new byte[chunkBytes];
    private int _length;
    private uint _checksum;

    /// <summary>How many bytes came so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many chunks were taken.</summary>
    public int Chunks { get; private set; }

    public long Number => number;

    /// <summary>Whether a chunk is full and must be taken before more is added.</summary>
    public bool IsFull => _length == chunkBytes;

    /// <summary>Whether bytes wait that no taken chunk has.</summary>
    public bool HasRest => _length > 0;

    /// <summary>Adds what fits into the present chunk and returns how much that was.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, chunkBytes - _length);
        bytes[..count].CopyTo(_buffer.AsSpan(_length));
        _checksum = Crc32C.Continue(_checksum, bytes[..count]);
        _length += count;
        Bytes += count;
        return count;
    }

    /// <summary>Takes the present chunk, full or the last one. Its bytes are its own.</summary>
    public SnapshotChunk Take()
    {
        var chunk = new SnapshotChunk(number, ++Chunks, _buffer.AsMemory(0, _length));
        _buffer = new byte[chunkBytes];
        _length = 0;
        return chunk;
    }

    /// <summary>Describes what was packed.</summary>
    public StoredSnapshot Describe(long index, long term, Model.Configuration configuration, long configurationIndex) =>
        new(new SnapshotDescriptor(index, term, configuration, configurationIndex, Bytes, _checksum), number, Chunks, chunkBytes);
}
