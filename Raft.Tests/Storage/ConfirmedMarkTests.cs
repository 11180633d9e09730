using Raft.Actors.Storage.Files;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>The file that says how far a journal is confirmed at least.</summary>
public sealed class ConfirmedMarkTests : IDisposable
{
    private const string PersistenceId = "raft/kv/n1";

    private readonly TemporaryDirectory _directory = new();

    private string Path => _directory[ConfirmedMark.FileName];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_mark_holds_the_latest_note()
    {
        Assert.Equal(0, ConfirmedMark.Read(_directory.Path, PersistenceId));
        using var mark = ConfirmedMark.Begin(_directory.Path, PersistenceId, 3);
        Assert.Equal(3, ConfirmedMark.Read(_directory.Path, PersistenceId));
        foreach (var last in (long[])[4, 4, 10, 9, 123456])
        {
            mark.Note(last);
        }

        Assert.Equal(123456, ConfirmedMark.Read(_directory.Path, PersistenceId));
        mark.Seal(123457);
        Assert.Equal(123457, ConfirmedMark.Read(_directory.Path, PersistenceId));
        Assert.Equal(0, ConfirmedMark.Read(_directory.Path, "raft/kv/n2"));
    }

    /// <summary>A mark that says more than was confirmed would keep a healthy server out.</summary>
    [Fact]
    public void No_damage_makes_the_mark_claim_more()
    {
        using (var mark = ConfirmedMark.Begin(_directory.Path, PersistenceId, 1234))
        {
            mark.Note(5678);
        }

        var whole = File.ReadAllBytes(Path);
        for (var bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(Path, damaged);
            Assert.Contains(ConfirmedMark.Read(_directory.Path, PersistenceId), (long[])[1234, 5678]);
        }

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.InRange(ConfirmedMark.Read(_directory.Path, PersistenceId), 0, 5678);
        }
    }
}
