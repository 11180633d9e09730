using Raft.Actors.StateMachine;
using Xunit;

namespace Raft.Tests.Node;

public sealed class StreamSnapshotTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(200_001)]
    public void Bytes_written_to_the_snapshots_stream_are_read_from_the_restores_stream(int length)
    {
        var written = new byte[length];
        new Random(length).NextBytes(written);
        byte[]? read = null;
        using var snapshot = new StreamSnapshot(stream => stream.Write(written));
        using var restore = new StreamRestore(stream =>
        {
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            read = copy.ToArray();
        });

        foreach (var block in snapshot.Blocks())
        {
            Assert.InRange(block.Length, 1, IStateMachineSnapshot.MaxBlockBytes);
            restore.Add(block);
        }

        Assert.Null(read);
        restore.Complete();
        Assert.Equal(written, read);
    }
}
