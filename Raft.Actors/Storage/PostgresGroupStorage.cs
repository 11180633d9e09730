using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LinqToDB;
using Npgsql;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Actors.Storage;

/// <summary>
/// A group's place in PostgreSQL. All groups and servers that name one database share two tables there; the persistence id is
/// part of each key. A table per group would need a rule that turns group names into table names, and concurrent writers of
/// one table do not wait for one another in PostgreSQL.
/// <para>
/// The lock is an advisory lock of a session of its own. If that session drops (PostgreSQL restarts, or the network fails for
/// longer than the keepalives bear), the lock is gone while the node goes on, and it is not taken again. A second process of
/// the same server would then be let in. The unique index on persistence id and sequence number remains: of two processes, the
/// one that writes second fails, stops, and recovers what the other wrote before it says anything. So no vote and no entry is
/// acknowledged twice, but the two make each other fail until one is stopped. A pooler between (pgbouncer) must be in session
/// mode, and all servers must name the primary.
/// </para>
/// </summary>
internal sealed class PostgresGroupStorage : GroupStorage
{
    private readonly NpgsqlConnection _lock;

    private PostgresGroupStorage(
        string group, ServerId server, NpgsqlConnectionStringBuilder target, string place, NpgsqlConnection lockConnection)
        : base(group, server, ProviderName.PostgreSQL15)
    {
        Place = place;
        _lock = lockConnection;
        JournalOptions = new DataOptions().UseConnectionString(ProviderName.PostgreSQL15, target.ConnectionString);
        SnapshotOptions = JournalOptions;
    }

    public override DataOptions JournalOptions { get; }

    public override DataOptions SnapshotOptions { get; }

    public override string Place { get; }

    public static PostgresGroupStorage Open(RaftStorageSettings settings, string group, ServerId server) =>
        Open(settings, group, server, MakeTables);

    /// <summary>What a stopped server has left; no tables are made.</summary>
    public static PostgresGroupStorage OpenExisting(RaftStorageSettings settings, string group, ServerId server) =>
        Open(settings, group, server, connection =>
        {
            if (!HasTables(connection))
            {
                throw new RaftConfigurationException(
                    $"raft.storage.connection-string: server {server} of group {group} has no journal there "
                    + $"(there is no table {JournalTable})");
            }
        });

    private static PostgresGroupStorage Open(
        RaftStorageSettings settings, string group, ServerId server, Action<NpgsqlConnection> prepare)
    {
        var target = Complete(settings.ConnectionString);
        var place = $"database {target.Database ?? target.Username} at {target.Host}:{target.Port}";
        var connection = new NpgsqlConnection(LockConnectionString(target));
        try
        {
            connection.Open();
            RequireDurability(connection, place);
            Acquire(connection, group, server, place);
            prepare(connection);
            return new PostgresGroupStorage(group, server, target, place, connection);
        }
        catch (Exception error)
        {
            connection.Dispose();
            if (error is DbException or SocketException or TimeoutException or IOException)
            {
                throw new RaftConfigurationException(
                    $"raft.storage.connection-string: {place}: {error.Message.TrimEnd('.')}; "
                    + "check that the server runs, that the connection "
                    + "string names it, and that the user may create tables there",
                    error);
            }

            throw;
        }
    }

    public override void Dispose() => _lock.Dispose();

    protected override DbConnection OpenReader()
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(JournalOptions.ConnectionOptions.ConnectionString)
            {
                Pooling = false,
                NoResetOnClose = false,
            }.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, "SET default_transaction_read_only = on");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Adds what makes writes fast (statements stay prepared: 0.3 instead of 0.5 ms) and keeps a dead server from holding
    /// a write for longer than the journal's circuit breaker waits; what the user has set stays.
    /// </summary>
    internal static NpgsqlConnectionStringBuilder Complete(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            Default("Max Auto Prepare", 20);
            Default("No Reset On Close", true);
            Default("Command Timeout", 10);
            Default("Timeout", 5);
            RaftSettings.Check(
                !string.IsNullOrEmpty(builder.Host), "raft.storage.connection-string", "…", "must name the Host");
            return builder;

            void Default(string keyword, object value)
            {
                if (!builder.ShouldSerialize(keyword))
                {
                    builder[keyword] = value;
                }
            }
        }
        catch (Exception error)
            when (error is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            // The text itself is not repeated: it may hold a password.
            throw new RaftConfigurationException(
                $"raft.storage.connection-string: {error.Message}; "
                + "write it as in Host=db;Database=raft;Username=raft;Password=secret",
                error);
        }
    }

    /// <summary>FNV-1a, 64 bits: a hash that is the same in every process and version.</summary>
    internal static long LockKey(string persistenceId)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(persistenceId))
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return unchecked((long)hash);
    }

    // A connection that is kept open outside of any pool, because the lock lives as long as its session. This side probes it,
    // and so does the server, which would otherwise take two hours to notice that a host is gone, and keep its lock for that
    // time.
    private static string LockConnectionString(NpgsqlConnectionStringBuilder target)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"raft pid {Environment.ProcessId} on {Environment.MachineName}");
        return new NpgsqlConnectionStringBuilder(target.ConnectionString)
        {
            Pooling = false,
            Multiplexing = false,
            MaxAutoPrepare = 0,
            NoResetOnClose = false,
            KeepAlive = 10,
            ApplicationName = name.Length > 63 ? name[..63] : name,
        }.ConnectionString;
    }

    private static void RequireDurability(NpgsqlConnection connection, string place)
    {
        using var command = new NpgsqlCommand(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_is_in_recovery()", connection);
        using var reader = command.ExecuteReader();
        reader.Read();
        Require("fsync", reader.GetString(0) != "off");
        Require("synchronous_commit", reader.GetString(1) != "off");
        if (reader.GetBoolean(2))
        {
            throw new RaftConfigurationException(
                $"raft.storage.connection-string: {place} is a standby, which takes no writes; name the primary");
        }

        void Require(string setting, bool holds)
        {
            if (!holds)
            {
                throw new RaftConfigurationException(
                    $"raft.storage.connection-string: {place} runs with {setting}=off, and could lose an acknowledged write; "
                    + $"set {setting}=on there");
            }
        }
    }

    private static void Acquire(NpgsqlConnection connection, string group, ServerId server, string place)
    {
        var key = LockKey(PersistenceIdOf(group, server));
        Execute(
            connection,
            "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
            + "SET lock_timeout = '2s'");
        try
        {
            // Waits a little: a process that was killed a moment ago may still have its session.
            using var command = new NpgsqlCommand("SELECT pg_advisory_lock(@key)", connection);
            command.Parameters.AddWithValue("key", key);
            command.ExecuteNonQuery();
        }
        catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new JournalInUseException(
                $"{Owner(connection, key)} runs server {server} of group {group} on {place}; stop it first, "
                + "or give this server an id or a database of its own (raft.server-id, raft.storage.connection-string)",
                held);
        }

        Execute(connection, "SET lock_timeout = 0");
    }

    private static string Owner(NpgsqlConnection connection, long key)
    {
        using var command = new NpgsqlCommand(
            """
            SELECT a.application_name, a.client_addr::text, a.backend_start
            FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = a.datid
              AND a.datname = current_database() AND l.classid::bigint = @high AND l.objid::bigint = @low
            """,
            connection);
        command.Parameters.AddWithValue("high", (key >> 32) & 0xFFFFFFFFL);
        command.Parameters.AddWithValue("low", key & 0xFFFFFFFFL);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
        {
            return "another process";
        }

        // A user who may not look at the owner's session sees nulls.
        var name = reader.IsDBNull(0) ? "of another user" : reader.GetString(0);
        var address = reader.IsDBNull(1) ? "a local socket" : reader.GetString(1);
        var since = reader.IsDBNull(2)
            ? "an unknown time"
            : reader.GetDateTime(2).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"another process ({name}, connected from {address} since {since})";
    }

    // Under a lock, because CREATE TABLE IF NOT EXISTS fails where two sessions run it at once; and not where the tables
    // are there, because it wants the right to create tables all the same.
    private static void MakeTables(NpgsqlConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Execute(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({LockKey("raft/schema")})"));
        if (!HasTables(connection))
        {
            Execute(connection, Schema.Postgres);
        }

        transaction.Commit();
    }

    private static bool HasTables(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            $"SELECT to_regclass('{JournalTable}') IS NOT NULL AND to_regclass('{SnapshotTable}') IS NOT NULL", connection);
        return command.ExecuteScalar() is true;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
