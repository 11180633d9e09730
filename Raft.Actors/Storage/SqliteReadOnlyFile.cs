using Microsoft.Data.Sqlite;

namespace Raft.Actors.Storage;

/// <summary>
/// A SQLite file that no process has open, read without writing a byte beside it. SQLite reads a write-ahead log only if it may
/// make files beside it. So a log that is not empty is copied, with its database, to a temporary directory, and read there.
/// </summary>
internal sealed class SqliteReadOnlyFile : IDisposable
{
    private readonly DirectoryInfo? _copy;

    private SqliteReadOnlyFile(SqliteConnection connection, DirectoryInfo? copy) => (Connection, _copy) = (connection, copy);

    public SqliteConnection Connection { get; }

    /// <exception cref="SqliteException">It cannot be opened.</exception>
    /// <exception cref="IOException">There is no place for a copy.</exception>
    public static SqliteReadOnlyFile Open(string file)
    {
        var log = file + "-wal";
        var copy = File.Exists(log) && new FileInfo(log).Length > 0 ? Directory.CreateTempSubdirectory("raft-journal-") : null;
        try
        {
            var source = $"{new Uri(file).AbsoluteUri}?immutable=1";
            if (copy is not null)
            {
                source = Path.Combine(copy.FullName, "copy.db");
                File.Copy(file, source);
                File.Copy(log, source + "-wal");
                if (!OperatingSystem.IsWindows())
                {
                    // A copy has the rights of what was copied, which may be read-only.
                    File.SetUnixFileMode(source, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                    File.SetUnixFileMode(source + "-wal", UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }
            }

            var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false }
                    .ToString());
            try
            {
                connection.Open();
                return new SqliteReadOnlyFile(connection, copy);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
        catch
        {
            copy?.Delete(recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        _copy?.Delete(recursive: true);
    }
}
