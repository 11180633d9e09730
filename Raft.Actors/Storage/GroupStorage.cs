using System.Data.Common;
using Akka.Configuration;
using LinqToDB;
using Raft.Actors.Model;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage;

/// <summary>The open storage of one group: its lock, and what its two plugins need.</summary>
internal abstract class GroupStorage(string group, ServerId server, string providerName) : IDisposable
{
    /// <summary>The tables' names, of our own so that they do not meet an application's.</summary>
    internal const string JournalTable = "raft_journal";

    internal const string SnapshotTable = "raft_snapshots";

    public string Group => group;

    public ServerId Server => server;

    public abstract DataOptions JournalOptions { get; }

    public abstract DataOptions SnapshotOptions { get; }

    /// <summary>Where the journal is, in words, without a password.</summary>
    public abstract string Place { get; }

    /// <summary>What a persistence id of this server begins with; two processes must not share it.</summary>
    public string PersistenceId => PersistenceIdOf(group, server);

    internal static string PersistenceIdOf(string group, ServerId server) => $"raft/{group}/{server}";

    public Config Config()
    {
        var journal = RaftStorage.JournalPlugin(group);
        var snapshots = RaftStorage.SnapshotPlugin(group);

        // We make the tables (see Schema). One round trip carries what memory can hold (a row has up to
        // raft.journal.max-bytes-per-event, 128 KiB). An open circuit breaker tries again soon: a node restarts with a backoff
        // of its own, and needs no half minute of refusals on top of it.
        return ConfigurationFactory.ParseString($$"""
            {{journal}} {
              {{JournalConfig(journal)}}
            }
            {{snapshots}} {
              class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
              plugin-id = "{{snapshots}}"
              provider-name = "{{providerName}}"
              use-clone-connection = false
              auto-initialize = false
              circuit-breaker { max-failures = 5, call-timeout = 20s, reset-timeout = 5s }
              default.snapshot.table-name = "{{SnapshotTable}}"
            }
            """);
    }

    /// <summary>The journal's rows in their order, read one by one and only read.</summary>
    public virtual IEnumerable<JournalRow> ReadJournal()
    {
        using var connection = OpenReader();
        foreach (var row in ReadRows(connection))
        {
            yield return row;
        }
    }

    /// <summary>The same, on an open connection.</summary>
    protected IEnumerable<JournalRow> ReadRows(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT sequence_number, identifier, manifest, message, deleted FROM {JournalTable} "
            + "WHERE persistence_id = @id ORDER BY sequence_number";
        var id = command.CreateParameter();
        id.ParameterName = "@id";
        id.Value = PersistenceId;
        command.Parameters.Add(id);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            // A row that is marked so stands only for the sequence number.
            if (!reader.GetBoolean(4))
            {
                yield return new JournalRow(
                    reader.GetInt64(0),
                    reader.IsDBNull(1) ? null : reader.GetInt32(1),
                    reader.IsDBNull(2) ? string.Empty : reader.GetString(2),
                    reader.GetFieldValue<byte[]>(3));
            }
        }
    }

    /// <summary>What a reader should know of how the storage was opened; null if there is nothing to say.</summary>
    public string? Note { get; protected init; }

    /// <summary>What is wrong with the journal as a whole, for which a start refuses it; null if nothing was found.</summary>
    public virtual string? Damage() => null;

    /// <summary>The other reasons for which a start would refuse the data. None of them is damage of the journal.</summary>
    public virtual IEnumerable<string> Refusals() => [];

    /// <summary>
    /// From now on the data counts as the original, even if it is a copy: an operator has made it the group's data.
    /// </summary>
    public virtual void AcceptCopy()
    {
    }

    /// <inheritdoc />
    public abstract void Dispose();

    /// <summary>The journal plugin's settings.</summary>
    protected virtual string JournalConfig(string pluginId) => $$"""
        class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
        plugin-id = "{{pluginId}}"
        provider-name = "{{providerName}}"
        parallelism = 1
        tag-write-mode = Csv
        prefer-parameters-on-multirow-insert = true
        replay-batch-size = 100
        use-clone-connection = false
        auto-initialize = false
        replay-filter.mode = fail
        circuit-breaker { max-failures = 5, call-timeout = 10s, reset-timeout = 5s }
        default.journal.table-name = "{{JournalTable}}"
        """;

    /// <summary>An open connection that cannot write.</summary>
    protected abstract DbConnection OpenReader();
}
