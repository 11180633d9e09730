using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Raft.Actors.Storage.Files;

/// <summary>
/// Has the operating system put a file's bytes on the disk, and says so when it could not. .NET's own
/// <c>RandomAccess.FlushToDisk</c> and <c>FileStream.Flush(true)</c> return normally where fsync has failed.
/// </summary>
internal static class DurableFile
{
    private const int FullSync = 51; // F_FULLFSYNC of macOS, where fsync stops at the drive's cache.

    /// <exception cref="IOException">The bytes may not be on the disk, and no later call will tell.</exception>
    public static void Sync(SafeFileHandle file, string path)
    {
        var isDone = OperatingSystem.IsWindows() ? FlushFileBuffers(file)
            : OperatingSystem.IsMacOS() ? fcntl(file, FullSync) == 0
            : fdatasync(file) == 0;
        if (!isDone)
        {
            var error = new Win32Exception(Marshal.GetLastPInvokeError());
            throw new IOException($"{path} cannot be synced: {error.Message}", error);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fdatasync(SafeFileHandle file);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(SafeFileHandle file, int command);

    [DllImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool FlushFileBuffers(SafeFileHandle file);
}
