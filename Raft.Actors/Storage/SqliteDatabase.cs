using LinqToDB;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using Raft.Actors.Settings;

namespace Raft.Actors.Storage;

/// <summary>A file of SQLite's: how it is opened, made, looked into and let go.</summary>
internal sealed class SqliteDatabase
{
    /// <summary>Names a database; nothing is opened yet.</summary>
    /// <param name="file">Its file, with the whole path.</param>
    /// <param name="schema">What each new connection sees to first; null for nothing.</param>
    public SqliteDatabase(string file, string? schema = null)
    {
        File = file;

        // A command gives up when the journal plugin's circuit breaker has given up on it (10 s).
        var connection = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = true,
            DefaultTimeout = 10,
        };
        Options = new DataOptions()
            .UseConnectionString(ProviderName.SQLiteMS, connection.ToString())
            .UseInterceptor(new WriteAheadLogInterceptor(schema));
    }

    /// <summary>The file, with the whole path.</summary>
    public string File { get; }

    /// <summary>How Akka's plugins connect to it.</summary>
    public DataOptions Options { get; }

    /// <summary>A connection that only reads. The caller disposes it.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection OpenReader(string file)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes its tables, if they are not there. It goes the plugin's way, interceptor included, so that what it finds is what
    /// the plugin will find.
    /// </summary>
    /// <exception cref="RaftConfigurationException">It cannot be used.</exception>
    public void Prepare(string schema)
    {
        try
        {
            using var connection = new DataConnection(Options);
            connection.Execute(schema);
        }
        catch (SqliteException error)
        {
            throw Unusable(error);
        }
    }

    /// <summary>Makes sure that it can be read, if it is there.</summary>
    /// <param name="leavesNoTrace">Whether no byte may be written beside it.</param>
    /// <exception cref="RaftConfigurationException">It cannot be read.</exception>
    public void CheckReadable(bool leavesNoTrace)
    {
        if (!System.IO.File.Exists(File))
        {
            return;
        }

        try
        {
            using var copy = leavesNoTrace ? SqliteReadOnlyFile.Open(File) : null;
            using var reader = leavesNoTrace ? null : OpenReader(File);
            using var command = (reader ?? copy!.Connection).CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_master";
            command.ExecuteScalar();
        }
        catch (SqliteException unusable)
        {
            throw Unusable(unusable);
        }
    }

    /// <summary>
    /// Closes the connections that wait in the pool, which hold the file open. The last one also folds the write-ahead log into
    /// the database.
    /// </summary>
    public void Release()
    {
        using var connection = new SqliteConnection(Options.ConnectionOptions.ConnectionString);
        SqliteConnection.ClearPool(connection);
    }

    private RaftConfigurationException Unusable(SqliteException error) => new(
        $"{File} cannot be used ({error.Message}); it must be a SQLite file of ours that this process may write to, on a local "
        + "disk with free space (raft.storage.directory)",
        error);
}
