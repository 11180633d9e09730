using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

public sealed class SqliteDatabaseTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void What_was_prepared_can_be_read_and_is_let_go()
    {
        var database = new SqliteDatabase(_directory["journal.db"]);

        database.Prepare(Schema.SqliteJournal);
        database.CheckReadable(leavesNoTrace: false);
        database.Release();
        database.CheckReadable(leavesNoTrace: true);

        Assert.True(File.Exists(database.File));

        // The last connection folds the write-ahead log in and takes it away.
        Assert.Equal([database.File], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void A_file_that_is_not_there_is_not_made_by_a_look()
    {
        new SqliteDatabase(_directory["journal.db"]).CheckReadable(leavesNoTrace: false);

        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_that_is_none_of_ours_is_named(bool leavesNoTrace)
    {
        var database = new SqliteDatabase(_directory["journal.db"]);
        File.WriteAllText(database.File, string.Join('\n', Enumerable.Repeat("somebody's notes", 100)));

        var refused = Assert.Throws<RaftConfigurationException>(() => database.CheckReadable(leavesNoTrace));

        Assert.StartsWith($"{database.File} cannot be used (", refused.Message, StringComparison.Ordinal);
        Assert.Throws<RaftConfigurationException>(() => database.Prepare(Schema.SqliteJournal));
    }

    public void Dispose() => _directory.Dispose();
}
