using System.Diagnostics;
using System.Globalization;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage;

/// <summary>
/// Keeps a server's directory to one process: the file <c>lock</c> in it, open and locked as long as the process wants it.
/// The operating system lets go of it when the process ends, however it ends. Nobody can read a locked file, so who
/// holds it is said in the file <c>owner</c> beside it.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    // What opening a file that somebody has locked fails with: EWOULDBLOCK on Linux and on macOS, and a sharing violation.
    private static readonly int[] Locked = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="JournalInUseException">Another holds it.</exception>
    /// <exception cref="RaftConfigurationException">The directory cannot be locked.</exception>
    public static DirectoryLock Acquire(string directory, string group, ServerId server)
    {
        var path = Path.Combine(directory, "lock");
        NewFile.RefuseLink(path);
        if (!TryLock(path, out var file))
        {
            throw InUse(directory, group, server);
        }

        try
        {
            // .NET takes no lock, and says nothing, where the file system has none or DOTNET_SYSTEM_IO_DISABLEFILELOCKING is set.
            if (TryLock(path, out var second))
            {
                second!.Dispose();
                throw new RaftConfigurationException(
                    $"{path}: file locks do not work here, so a second process could not be kept off this journal; let "
                    + "raft.storage.directory name a directory of a local disk, "
                    + "and do not set DOTNET_SYSTEM_IO_DISABLEFILELOCKING");
            }

            WriteOwner(directory);
            return new DirectoryLock(file!);
        }
        catch
        {
            file!.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Keeps the server from starting as long as somebody reads, and writes nothing: several may read at a time. Where the file
    /// is not there or cannot be locked, nothing keeps the server off, and the note says so.
    /// </summary>
    /// <exception cref="JournalInUseException">The server runs.</exception>
    public static DirectoryLock? Share(string directory, string group, ServerId server, out string? note)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            note = null;
            return new DirectoryLock(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (IOException held) when (Locked.Contains(held.HResult))
        {
            throw InUse(directory, group, server);
        }
        catch (Exception unlockable) when (unlockable is IOException or UnauthorizedAccessException)
        {
            note = $"{path} cannot be locked ({unlockable.Message}): reading all the same; "
                + "should the server start meanwhile, what is read may not fit together";
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    private static JournalInUseException InUse(string directory, string group, ServerId server) => new(
        $"{Owner(directory)} runs server {server} of group {group} on {directory}; stop it first, "
        + "or give this server a directory of its own (raft.storage.directory)");

    private static bool TryLock(string path, out FileStream? file)
    {
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException held) when (Locked.Contains(held.HResult))
        {
            file = null;
            return false;
        }
    }

    private static void WriteOwner(string directory)
    {
        using var process = Process.GetCurrentProcess();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"pid {process.Id}, started {process.StartTime.ToUniversalTime():yyyy-MM-dd HH:mm:ss}Z");
        NewFile.Replace(Path.Combine(directory, "owner"), _ => Encoding.UTF8.GetBytes(text), isDurable: false);
    }

    private static string Owner(string directory)
    {
        try
        {
            var owner = File.ReadAllText(Path.Combine(directory, "owner"));
            return owner.StartsWith($"pid {Environment.ProcessId},", StringComparison.Ordinal)
                ? $"another actor system of this process ({owner})"
                : $"another process ({owner})";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
