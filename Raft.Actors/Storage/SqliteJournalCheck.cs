using Microsoft.Data.Sqlite;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage;

/// <summary>
/// What is wrong with a journal that SQLite keeps, found before anything is written to it. SQLite has no checksums of its pages
/// and looks at them when it comes by; this goes through all of them, which takes less than a node takes to read its journal
/// (0.1 to 0.7 s for 200 MB). Whether each event is what was written says its own checksum, when the node reads it.
/// </summary>
internal static class SqliteJournalCheck
{
    /// <summary>Says what is wrong with the files beside each other; null if nothing is. Nobody has them open.</summary>
    /// <param name="file">The database.</param>
    public static string? ProblemOfFiles(string file)
    {
        var log = file + "-wal";
        return !File.Exists(file) && File.Exists(log) && new FileInfo(log).Length > 0
            ? $"{log} is there without {file}"
            : WriteAheadLogCheck.Problem(log);
    }

    /// <summary>Says what is wrong with an open database; null if nothing is.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="place">Its file, in words.</param>
    /// <param name="persistenceId">Whose events it holds.</param>
    /// <param name="confirmed">At least up to this event it must go (<see cref="ConfirmedMark"/>).</param>
    public static string? Problem(SqliteConnection connection, string place, string persistenceId, long confirmed)
    {
        try
        {
            if (Scalar<string>(connection, "PRAGMA integrity_check(1)") is var found && found != "ok")
            {
                return $"{place} is damaged: {found?.ReplaceLineEndings(" ")}";
            }

            var last = 0L;
            const string table =
                $"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '{GroupStorage.JournalTable}'";
            if (Scalar<long>(connection, table) > 0)
            {
                last = LastSequenceNr(connection, persistenceId);
                if (Scalar<long>(connection, DeletedInBetween, persistenceId) is > 0 and var row)
                {
                    return $"{place} is damaged: event {row} is marked as deleted, and an earlier one is not";
                }
            }
            else if (Scalar<string>(connection, "SELECT MIN(name) FROM sqlite_master") is { } other)
            {
                return $"{place} has no table {GroupStorage.JournalTable}, and has {other.ReplaceLineEndings(" ")}: "
                    + "it is damaged, or another file";
            }

            return last < confirmed ? ConfirmedMark.Lost(place, last, confirmed) : null;
        }
        catch (Exception unreadable) when (unreadable is SqliteException or InvalidCastException)
        {
            return $"{place} cannot be used ({unreadable.Message})";
        }
    }

    /// <summary>The last event that is committed, and so confirmed; 0 if there is none.</summary>
    public static long LastSequenceNr(SqliteConnection connection, string persistenceId) =>
        Scalar<long>(
            connection,
            $"SELECT COALESCE(MAX(sequence_number), 0) FROM {GroupStorage.JournalTable} WHERE persistence_id = @id",
            persistenceId);

    private static string DeletedInBetween => $"""
        SELECT COALESCE(MAX(sequence_number), 0) FROM {GroupStorage.JournalTable}
            WHERE persistence_id = @id AND deleted <> 0 AND sequence_number >
            (SELECT MIN(sequence_number) FROM {GroupStorage.JournalTable} WHERE persistence_id = @id AND deleted = 0)
        """;

    private static T? Scalar<T>(SqliteConnection connection, string sql, string? persistenceId = null)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("@id", persistenceId ?? string.Empty);
        return command.ExecuteScalar() is T value ? value : default;
    }
}
