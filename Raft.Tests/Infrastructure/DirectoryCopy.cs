namespace Raft.Tests.Infrastructure;

/// <summary>Copies a directory with all below it, as an operator does who keeps it or moves it.</summary>
internal static class DirectoryCopy
{
    /// <summary>Copies files with the times at which they were written last, over what is there.</summary>
    public static void Make(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(file));
        }
    }
}
