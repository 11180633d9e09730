using System.Data.Common;
using System.Globalization;
using LinqToDB.Interceptors;
using Microsoft.Data.Sqlite;
using Raft.Actors.Settings;

namespace Raft.Actors.Storage;

/// <summary>
/// Sets each connection that linq2db opens so that its commits outlive a power failure: write-ahead log, and an fsync of it at
/// every commit. Microsoft.Data.Sqlite has no connection string keyword for either; its default is no WAL. It also notices when
/// the file was deleted, moved or replaced under the running server, and lets the operation fail.
/// </summary>
/// <param name="schema">The statements that make the tables of a new file. With it the server goes on with a new file if the
/// old one is gone. Null for a file that only an operator can bring back.</param>
internal sealed class WriteAheadLogInterceptor(string? schema) : ConnectionInterceptor
{
    /// <summary>
    /// SQLite itself waits this long for a lock, milliseconds; Microsoft.Data.Sqlite would sleep 150 ms at a time.
    /// </summary>
    internal const int BusyTimeout = 5000;

    private const long SynchronousFull = 2;

    private volatile bool _isGone;

    public override void ConnectionOpening(ConnectionEventData eventData, DbConnection connection) => RefuseWhenGone(connection);

    public override Task ConnectionOpeningAsync(
        ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        RefuseWhenGone(connection);
        return Task.CompletedTask;
    }

    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection) => OnOpened(connection);

    public override Task ConnectionOpenedAsync(
        ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        OnOpened(connection);
        return Task.CompletedTask;
    }

    /// <summary>A new and empty file must not take the place of one that cannot be done without.</summary>
    private void RefuseWhenGone(DbConnection connection)
    {
        if (_isGone && schema is null)
        {
            throw Gone(connection, "the server stays out until it is stopped, the file is back, and it is started again");
        }
    }

    private void OnOpened(DbConnection connection)
    {
        if (connection is SqliteConnection sqlite && SqliteFileCheck.HasMoved(sqlite))
        {
            _isGone = true;
            SqliteConnection.ClearPool(sqlite);
            throw Gone(
                connection,
                schema is null
                    ? "nothing is written to it any more"
                    : "the server goes on with a new file, which has no snapshot yet");
        }

        Prepare(connection);
        if (_isGone)
        {
            using var command = connection.CreateCommand();
            command.CommandText = schema;
            command.ExecuteNonQuery();
        }
    }

    private static IOException Gone(DbConnection connection, string what) =>
        new($"{connection.DataSource} was deleted, moved or replaced while this server runs: {what}");

    /// <summary>Sets the pragmas and makes sure that they hold.</summary>
    /// <exception cref="RaftConfigurationException">The database does not take them.</exception>
    internal static void Prepare(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(
            CultureInfo.InvariantCulture,
            $"PRAGMA busy_timeout={BusyTimeout}; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; PRAGMA synchronous;");
        using var reader = command.ExecuteReader();
        reader.NextResult();
        var mode = reader.Read() ? reader.GetString(0) : string.Empty;
        reader.NextResult();
        var synchronous = reader.Read() ? reader.GetInt64(0) : -1;
        if (mode != "wal" || synchronous != SynchronousFull)
        {
            throw new RaftConfigurationException(
                $"{connection.DataSource}: SQLite keeps journal_mode={mode} and synchronous={synchronous}, "
                + "and a Raft journal needs wal and 2 (FULL), or an acknowledged write could be lost; "
                + "let raft.storage.directory name a directory of a local disk");
        }
    }
}
