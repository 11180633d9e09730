using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Raft.Actors.Storage.Files;

/// <summary>Makes directories that are still there after a power failure.</summary>
internal static class DurableDirectory
{
    /// <summary>
    /// Makes the directory <c>{root}/{group}/{server}</c> and the missing ones above it, and fsyncs the parent of each: a file
    /// is only as durable as the names that lead to it. (SQLite does as much for the directory its files are in, not for those
    /// above.)
    /// </summary>
    public static string Create(string root, string group, string server)
    {
        var path = Path.Combine(root, group, server);
        var missing = new Stack<string>();
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing.Push(at);
        }

        Directory.CreateDirectory(path);

        // Our own directories are synced even if they existed: the power may have failed during an earlier start.
        var parents = missing.Select(made => Path.GetDirectoryName(made)!).Append(root).Append(Path.Combine(root, group));
        foreach (var parent in parents.Distinct())
        {
            Sync(parent);
        }

        return path;
    }

    // .NET opens no directories, and its own Flush(true) returns normally where fsync has failed. Windows has no fsync
    // of a directory; NTFS keeps its own log of names.
    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = open(Encoding.UTF8.GetBytes(directory + '\0'), 0);
        if (handle < 0)
        {
            throw Failure("opened", directory);
        }

        try
        {
            if (fsync(handle) != 0)
            {
                throw Failure("synced", directory);
            }
        }
        finally
        {
            _ = close(handle);
        }
    }

    private static IOException Failure(string verb, string directory)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{directory} cannot be {verb}: {error.Message}", error);
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int handle);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int handle);
}
