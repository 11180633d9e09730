using Raft.Actors.Settings;

namespace Raft.Actors.Storage.Files;

/// <summary>
/// Writes a whole file under a temporary name and then renames it, so that a reader finds all of it or nothing. A symbolic link
/// under either name is not followed: the link is replaced, and its target stays as it is.
/// </summary>
internal static class NewFile
{
    /// <summary>Makes or replaces a file.</summary>
    /// <param name="path">The file; the temporary name has <c>.new</c> appended.</param>
    /// <param name="content">Its bytes, made when the temporary file is there.</param>
    /// <param name="isDurable">Whether it must survive a power failure.</param>
    /// <exception cref="IOException">It could not be written, or another process makes it at the same moment.</exception>
    public static void Replace(string path, Func<string, byte[]> content, bool isDurable)
    {
        var next = path + ".new";

        // What an earlier life left. Of a link this takes the link away.
        File.Delete(next);
        using (var file = new FileStream(next, FileMode.CreateNew, FileAccess.Write))
        {
            file.Write(content(next));
            file.Flush();
            if (isDurable)
            {
                DurableFile.Sync(file.SafeFileHandle, next);
            }
        }

        File.Move(next, path, overwrite: true);
        if (isDurable)
        {
            DurableDirectory.Sync(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Refuses a name of ours that is a symbolic link: we would open a file somewhere else.</summary>
    /// <exception cref="RaftConfigurationException">It is one.</exception>
    public static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new RaftConfigurationException(
                $"{path} is a symbolic link to {target}, which this server did not make and does not follow: remove the link");
        }
    }
}
