using System.Security.Cryptography;
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
    public void What_was_written_to_one_stream_is_read_from_the_other(int length)
    {
        var written = RandomNumberGenerator.GetBytes(length);
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
