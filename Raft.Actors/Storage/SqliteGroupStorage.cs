using LinqToDB;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using Raft.Actors.Membership;
using Raft.Actors.Node;

namespace Raft.Actors.Storage;

/// <summary>
/// A group's SQLite files: <c>{directory}/{group}/{server}/journal.db</c> and <c>snapshots.db</c>. Two, because SQLite has
/// one writer per file, and a snapshot's chunks would keep the journal waiting.
/// </summary>
internal sealed class SqliteGroupStorage : GroupStorage
{
    private readonly DirectoryLock _lock;

    private SqliteGroupStorage(string group, ServerId server, string directory, DirectoryLock directoryLock)
        : base(group, server, ProviderName.SQLiteMS)
    {
        _lock = directoryLock;
        JournalOptions = Options(Path.Combine(directory, "journal.db"));
        SnapshotOptions = Options(Path.Combine(directory, "snapshots.db"));
    }

    public override DataOptions JournalOptions { get; }

    public override DataOptions SnapshotOptions { get; }

    public static SqliteGroupStorage Open(RaftStorageSettings settings, string group, ServerId server)
    {
        RaftSettings.Check(group is not ("." or ".."), "raft.group", group, "the provider sqlite makes a directory of this name, choose another");
        RaftSettings.Check(
            server.Value is not ("." or ".."), "raft.server-id", server, "the provider sqlite makes a directory of this name, choose another");
        try
        {
            var directory = DurableDirectory.Create(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Directory)), group, server.Value);
            var storage = new SqliteGroupStorage(group, server, directory, DirectoryLock.Acquire(directory, group, server));
            try
            {
                Prepare(storage.JournalOptions, Schema.SqliteJournal);
                Prepare(storage.SnapshotOptions, Schema.SqliteSnapshots);
                return storage;
            }
            catch
            {
                storage.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RaftConfigurationException(
                $"raft.storage.directory = '{settings.Directory}': {error.Message.TrimEnd('.')}; let it name a directory that this process may write to",
                error);
        }
    }

    public override void Dispose()
    {
        // Pooled connections hold the files open; closing the last one also folds the write-ahead log into the database.
        foreach (var options in (DataOptions[])[JournalOptions, SnapshotOptions])
        {
            using var connection = new SqliteConnection(options.ConnectionOptions.ConnectionString);
            SqliteConnection.ClearPool(connection);
        }

        _lock.Dispose();
    }

    // A command gives up when the journal plugin's circuit breaker has given up on it (10 s).
    private static DataOptions Options(string file) => new DataOptions()
        .UseConnectionString(
            ProviderName.SQLiteMS,
            new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = true, DefaultTimeout = 10 }.ToString())
        .UseInterceptor(WriteAheadLogInterceptor.Instance);

    // Goes the plugin's way, interceptor included, so that what it finds is what the plugin will find.
    private static void Prepare(DataOptions options, string schema)
    {
        try
        {
            using var connection = new DataConnection(options);
            connection.Execute(schema);
        }
        catch (SqliteException error)
        {
            var file = new SqliteConnectionStringBuilder(options.ConnectionOptions.ConnectionString).DataSource;
            throw new RaftConfigurationException(
                $"{file} cannot be used ({error.Message}); it must be a SQLite file of ours that this process may write to, on a local "
                + "disk with free space (raft.storage.directory)",
                error);
        }
    }
}
