using Microsoft.Data.Sqlite;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage;

/// <summary>
/// Keeps the <see cref="ConfirmedMark"/> of a journal in SQLite. Once a second it reads what is committed, on its own
/// connection and thread. What another connection sees of a write-ahead log has been synced.
/// </summary>
internal sealed class SqliteMarker : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly string _persistenceId;
    private readonly ConfirmedMark _mark;
    private readonly Timer _timer;
    private bool _isEnded;

    private SqliteMarker(SqliteConnection connection, string directory, string persistenceId)
    {
        (_connection, _persistenceId) = (connection, persistenceId);
        _mark = ConfirmedMark.Begin(directory, persistenceId, SqliteJournalCheck.LastSequenceNr(connection, persistenceId));
        _timer = new Timer(_ => Mark(isLast: false), null, Interval, Interval);
    }

    /// <summary>Begins with what is committed now.</summary>
    public static SqliteMarker Begin(string file, string directory, string persistenceId)
    {
        var connection = SqliteDatabase.OpenReader(file);
        try
        {
            return new SqliteMarker(connection, directory, persistenceId);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Mark(isLast: true);
    }

    private void Mark(bool isLast)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            try
            {
                if (!SqliteFileCheck.HasMoved(_connection))
                {
                    var last = SqliteJournalCheck.LastSequenceNr(_connection, _persistenceId);
                    if (isLast)
                    {
                        _mark.Seal(last);
                    }
                    else
                    {
                        _mark.Note(last);
                    }
                }
            }
            catch (Exception failed) when (failed is SqliteException or IOException)
            {
                // The journal itself meets the same disk and says so. Without a newer mark less is noticed at the next
                // start, and nothing wrongly.
            }

            if (isLast)
            {
                _isEnded = true;
                _mark.Dispose();
                _connection.Dispose();
            }
        }
    }
}
