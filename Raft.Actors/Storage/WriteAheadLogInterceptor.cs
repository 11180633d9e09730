using System.Data.Common;
using System.Globalization;
using LinqToDB.Interceptors;
using Raft.Actors.Node;

namespace Raft.Actors.Storage;

/// <summary>
/// Makes each connection that linq2db opens one whose commits outlive a power failure: write-ahead log, and an fsync of
/// it at every commit. Microsoft.Data.Sqlite has no connection string keyword for either; its default is no WAL.
/// </summary>
internal sealed class WriteAheadLogInterceptor : ConnectionInterceptor
{
    /// <summary>SQLite itself waits this long for a lock, milliseconds; Microsoft.Data.Sqlite would sleep 150 ms at a time.</summary>
    internal const int BusyTimeout = 5000;

    private const long SynchronousFull = 2;

    public static WriteAheadLogInterceptor Instance { get; } = new();

    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection) => Prepare(connection);

    public override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        Prepare(connection);
        return Task.CompletedTask;
    }

    /// <summary>Sets the pragmas and makes sure that they hold.</summary>
    /// <exception cref="RaftConfigurationException">The database does not take them.</exception>
    internal static void Prepare(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={BusyTimeout}; PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; PRAGMA synchronous;");
        using var reader = command.ExecuteReader();
        reader.NextResult();
        var mode = reader.Read() ? reader.GetString(0) : string.Empty;
        reader.NextResult();
        var synchronous = reader.Read() ? reader.GetInt64(0) : -1;
        if (mode != "wal" || synchronous != SynchronousFull)
        {
            throw new RaftConfigurationException(
                $"{connection.DataSource}: SQLite keeps journal_mode={mode} and synchronous={synchronous} where a Raft journal needs wal "
                + "and 2 (FULL), or an acknowledged write could be lost; let raft.storage.directory name a directory of a local disk");
        }
    }
}
