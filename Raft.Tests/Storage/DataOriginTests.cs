using Microsoft.Data.Sqlite;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>A server's directory that was copied, moved or set back.</summary>
public sealed class DataOriginTests : IDisposable
{
    private static readonly ServerId N1 = new("n1");

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(JournalKind.Sql)]
    [InlineData(JournalKind.Segments)]
    public void A_copy_is_refused_and_the_original_is_not(JournalKind journal)
    {
        Start("data", journal);
        Start("data", journal);
        DirectoryCopy.Make(_directory["data"], _directory["copy"]);
        var refusal = Assert.Throws<RaftConfigurationException>(() => Start("copy", journal));
        Assert.Contains($"{_directory["copy", "kv", "n1"]} is a copy: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Start the server with an empty directory", refusal.Message, StringComparison.Ordinal);
        Start("data", journal);
    }

    [Fact]
    public void A_copy_that_is_declared_to_be_the_newest_is_taken()
    {
        Start("data", JournalKind.Sql);
        DirectoryCopy.Make(_directory["data"], _directory["copy"]);
        File.Delete(_directory["copy", "kv", "n1", "origin"]);
        Start("copy", JournalKind.Sql);
        Start("copy", JournalKind.Sql);
    }

    /// <summary>As rsync and tar do: a new file takes the old one's place and name.</summary>
    [Fact]
    public void A_journal_that_took_the_place_of_the_original_is_refused()
    {
        Start("data", JournalKind.Sql);
        var journal = _directory["data", "kv", "n1", "journal.db"];
        File.Copy(journal, journal + ".backup");
        Start("data", JournalKind.Sql);
        File.Move(journal + ".backup", journal, overwrite: true);
        var refusal = Assert.Throws<RaftConfigurationException>(() => Start("data", JournalKind.Sql));
        Assert.Contains("is a copy: journal.db was made ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_was_renamed_is_no_copy()
    {
        Start("data", JournalKind.Sql);
        Directory.Move(_directory["data"], _directory["moved"]);
        Start("moved", JournalKind.Sql);
    }

    [Fact]
    public void A_directory_without_its_journal_is_an_empty_one()
    {
        Start("data", JournalKind.Sql);
        foreach (var file in Directory.EnumerateFiles(_directory["data", "kv", "n1"], "*.db*"))
        {
            File.Delete(file);
        }

        Start("data", JournalKind.Sql);
        Start("data", JournalKind.Sql);
    }

    [Fact]
    public void A_directory_of_a_version_that_wrote_no_origin_is_taken()
    {
        Start("data", JournalKind.Segments);
        File.Delete(_directory["data", "kv", "n1", "origin"]);
        Start("data", JournalKind.Segments);
        Assert.True(File.Exists(_directory["data", "kv", "n1", "origin"]));
    }

    [Fact]
    public void Writing_to_a_file_does_not_change_its_origin()
    {
        var path = Path.Combine(Directory.CreateDirectory(_directory["plain"]).FullName, "file");
        File.WriteAllText(path, "one");
        var birth = FileBirth.Of(path);
        File.AppendAllText(path, "two");
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.NotNull(birth);
        Assert.Equal(birth, FileBirth.Of(path));
        Assert.Null(FileBirth.Of(path + ".missing"));
    }

    private void Start(string name, JournalKind journal)
    {
        RaftStorage.Open(new RaftStorageSettings { Directory = _directory[name], Journal = journal }, N1, "kv").Dispose();
        SqliteConnection.ClearAllPools();
    }
}
