using System.Collections.Immutable;
using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Snapshots;

/// <summary>Blocks come out as they went in, wherever chunks and messages cut them.</summary>
public sealed class SnapshotFramesTests
{
    private static readonly Gen<byte[][]> AnyBlocks = Gen.Byte.Array[0, 40].Array[0, 8];

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Blocks_come_back_whatever_the_sizes_of_chunks_and_pieces() => Gen.Select(AnyBlocks, AnyBlocks, Gen.Int[1, 50], Gen.Int[1, 50]).TryEach((library, user, chunkBytes, pieceBytes) =>
    {
        var packer = new ChunkPacker(7, chunkBytes);
        var chunks = new List<SnapshotChunk>();
        foreach (var piece in SnapshotFrames.Write(Memory(library), [], Memory(user)))
        {
            for (var rest = piece; !rest.IsEmpty; rest = rest[packer.Add(rest.Span)..])
            {
                if (packer.IsFull)
                {
                    chunks.Add(packer.Take());
                }
            }
        }

        if (packer.HasRest)
        {
            chunks.Add(packer.Take());
        }

        var stored = packer.Describe(9, 2, Configuration.Empty, 0);
        Assert.Equal((chunks.Count, (long)chunks.Sum(static chunk => chunk.Bytes.Length)), (stored.Chunks, stored.Content.Bytes));
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(chunkBytes, chunk.Bytes.Length));
        Assert.Equal(Enumerable.Range(1, chunks.Count), chunks.Select(static chunk => chunk.Chunk));

        var content = chunks.SelectMany(static chunk => chunk.Bytes.ToArray()).ToArray();
        Assert.Equal(Crc32C.Of(content), stored.Content.Checksum);
        var reader = new FrameReader();
        var found = new List<(SnapshotSection, string)>();
        foreach (var piece in content.Chunk(pieceBytes))
        {
            ReadOnlyMemory<byte> bytes = piece;
            while (reader.TryRead(ref bytes, out var block))
            {
                found.Add((reader.Section, Convert.ToHexString(block.Span)));
            }
        }

        Assert.True(reader.IsComplete);
        Assert.Equal(
            [
                .. library.Select(static block => (SnapshotSection.Library, Convert.ToHexString(block))),
                .. user.Select(static block => (SnapshotSection.StateMachine, Convert.ToHexString(block))),
            ],
            found);
    });

    [Fact]
    public void A_truncated_snapshot_is_not_complete()
    {
        var content = SnapshotFrames.Write([], [], Memory([[1, 2, 3]])).SelectMany(static piece => piece.ToArray()).ToArray();
        for (var length = 0; length < content.Length; length++)
        {
            var reader = new FrameReader();
            ReadOnlyMemory<byte> bytes = content.AsMemory(0, length);
            Assert.False(reader.TryRead(ref bytes, out _));
            Assert.Equal(length == SnapshotFrames.HeadBytes + 1, reader.IsComplete);
        }
    }

    [Theory]
    [InlineData("02 00000000")] // no header
    [InlineData("00 01000000 01 00 01000000 01")] // two headers
    [InlineData("00 01000000 02")] // a later version
    [InlineData("00 00000000")] // no version
    [InlineData("00 01000000 01 04 00000000")] // an unknown section
    [InlineData("00 01000000 01 02 FFFFFFFF")] // a negative length
    [InlineData("00 01000000 01 02 FFFFFF7F")] // a length beyond the limit
    public void Nonsense_is_refused(string hex)
    {
        ReadOnlyMemory<byte> bytes = Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
        var reader = new FrameReader();
        Assert.Throws<MalformedMessageException>(() => reader.TryRead(ref bytes, out _));
    }

    [Fact]
    public void A_block_that_is_too_large_is_refused_when_it_is_written()
    {
        var tooLarge = new byte[IStateMachineSnapshot.MaxBlockBytes + 1];
        Assert.Throws<InvalidOperationException>(() => SnapshotFrames.Write([], [], Memory([tooLarge])).Count());
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Memory(byte[][] blocks) => [.. blocks.Select(static block => (ReadOnlyMemory<byte>)block)];
}
