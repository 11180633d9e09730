namespace Raft.Tests.Infrastructure;

/// <summary>The files in hocon/, which users start from.</summary>
internal static class HoconFiles
{
    /// <summary>All of them, and the library's own.</summary>
    public static IEnumerable<string> All
    {
        get
        {
            var hocon = Path.GetDirectoryName(PathOf("node.conf"))!;
            return Directory.GetFiles(hocon, "*.conf")
                .Concat(Directory.GetFiles(Path.Combine(hocon, "..", "Raft.Actors"), "*.conf"));
        }
    }

    public static string PathOf(string file)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "hocon", "node.conf")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(
            directory?.FullName ?? throw new DirectoryNotFoundException("hocon/ lies in no directory above the tests"),
            "hocon",
            file);
    }
}
