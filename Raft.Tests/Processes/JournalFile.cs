using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.Storage.Segments;
using Raft.Host.KeyValue;
using Raft.Tests.Infrastructure;

namespace Raft.Tests.Processes;

/// <summary>A write of the key-value store as it stands in a log.</summary>
internal sealed record JournalWrite(long Index, long Term, string Key);

/// <summary>A stopped host's journal: read, copied, damaged.</summary>
internal sealed class JournalFile(HostProcess host)
{
    private string Directory => Path.Combine(host.Options.DataDirectory, "kv", host.Id);

    private string Database => Path.Combine(Directory, "journal.db");

    /// <summary>The puts and deletes of the log, in its order, as the journal's events give it.</summary>
    public IReadOnlyList<JournalWrite> Writes()
    {
        using var system = ActorSystem.Create(
            "reader",
            ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }")
                .WithFallback(RaftSettings.DefaultConfig()));
        var log = new SortedDictionary<long, LogEntry>();
        foreach (var persisted in Events((ExtendedActorSystem)system))
        {
            if (persisted is EntriesAppended appended)
            {
                foreach (var replaced in log.Keys.Where(index => index >= appended.FirstIndex).ToArray())
                {
                    log.Remove(replaced);
                }

                foreach (var entry in appended.Entries)
                {
                    log.Add(entry.Index, entry);
                }
            }
        }

        var writes = new List<JournalWrite>();
        foreach (var entry in log.Values.Where(static entry => entry.Kind == EntryKind.Command))
        {
            if (KeyValueCommandCodec.TryDecode(entry.Data.Bytes, out var command, out _))
            {
                writes.Add(new JournalWrite(entry.Index, entry.Term, Utf8.Text(command.Key)));
            }
        }

        return writes;
    }

    private List<object> Events(ExtendedActorSystem system)
    {
        if (File.Exists(Database))
        {
            var serializer = new RaftMessageSerializer(system);
            return Query(
                "SELECT message, manifest FROM raft_journal ORDER BY sequence_number",
                row => serializer.FromBinary((byte[])row.GetValue(0), row.GetString(1)));
        }

        var persistenceId = $"raft/kv/{host.Id}";
        var codec = new EventCodec(system);
        using var segments = SegmentedLog.OpenReadOnly(Directory, persistenceId, confirmed: 0);
        return [.. segments.Read(1, long.MaxValue).Select(
            record => codec.Decode(persistenceId, record.SequenceNr, record.Body).Payload)];
    }

    /// <summary>
    /// Copies it, and leaves nothing of an older copy: a write-ahead log of that one would take the database back.
    /// </summary>
    public void CopyTo(string directory)
    {
        if (System.IO.Directory.Exists(directory))
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }

        DirectoryCopy.Make(Directory, directory);
    }

    /// <summary>Puts a copy back, and says that it is the newest (docs/operations.md).</summary>
    public void RestoreFrom(string directory)
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        DirectoryCopy.Make(directory, Directory);
        File.Delete(Path.Combine(Directory, "origin"));
    }

    /// <summary>Changes one byte in the middle of the first row that holds a text.</summary>
    public void CorruptRowWith(string text)
    {
        var (sequence, message) = Query(
                "SELECT sequence_number, message FROM raft_journal ORDER BY sequence_number",
                static row => (row.GetInt64(0), (byte[])row.GetValue(1)))
            .First(row => row.Item2.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0);
        message[message.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) + (text.Length / 2)] ^= 1;
        Execute(
            "UPDATE raft_journal SET message = $message WHERE sequence_number = $sequence",
            ("$message", message),
            ("$sequence", sequence));
    }

    /// <summary>Removes a row out of the middle.</summary>
    public void DeleteMiddleRow()
    {
        var last = Query("SELECT max(sequence_number) FROM raft_journal", static row => row.GetInt64(0)).Single();
        Execute("DELETE FROM raft_journal WHERE sequence_number = $sequence", ("$sequence", last / 2));
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private void Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        if (command.ExecuteNonQuery() != 1)
        {
            throw new InvalidOperationException("nothing was changed by: " + sql);
        }
    }
}
