using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Raft.Actors.Storage;

/// <summary>
/// Whether the file of an open SQLite connection still is the one at its path. On Unix a file may be deleted or replaced while
/// it is open: SQLite goes on writing to a file that cannot be found any more.
/// </summary>
internal static class SqliteFileCheck
{
    private const int Ok = 0;

    // SQLITE_FCNTL_HAS_MOVED. Windows does not know it, and does not let an open file be deleted.
    private const int HasMovedQuery = 20;

    public static bool HasMoved(SqliteConnection connection) =>
        connection.Handle is { } handle
        && sqlite3_file_control(handle, "main", HasMovedQuery, out var hasMoved) == Ok && hasMoved != 0;

    [DllImport("e_sqlite3", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern int sqlite3_file_control(SafeHandle database, string name, int operation, out int result);
}
