using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Raft.Actors.Storage;

/// <summary>
/// When a file was made, as its file system says. What writes to a file or renames it leaves this alone, and a copy has another.
/// </summary>
internal static class FileBirth
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint BirthTime = 0x800; // STATX_BTIME

    /// <summary>
    /// The time in words that are compared and shown; null if the file is not there, or the file system does not know.
    /// </summary>
    public static string? Of(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // .NET makes a birth time up where Linux knows none, and that one changes with each write.
        return OperatingSystem.IsLinux() ? OfLinux(path)
            : File.GetCreationTimeUtc(path).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
    }

    private static string? OfLinux(string path)
    {
        try
        {
            return statx(CurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, BirthTime, out var status) == 0
                && (status.Mask & BirthTime) != 0
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DateTimeOffset.FromUnixTimeSeconds(status.BirthSeconds):yyyy-MM-dd'T'HH:mm:ss}."
                    + $"{status.BirthNanoseconds:D9}Z")
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before statx.
            return null;
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int directory, byte[] path, int flags, uint mask, out FileStatus status);

    // struct statx of Linux, the same on every processor.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct FileStatus
    {
        [FieldOffset(0)]
        public readonly uint Mask;

        [FieldOffset(80)]
        public readonly long BirthSeconds;

        [FieldOffset(88)]
        public readonly uint BirthNanoseconds;
    }
}
