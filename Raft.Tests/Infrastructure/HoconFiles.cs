namespace Raft.Tests.Infrastructure;

/// <summary>The files in hocon/, which users start from.</summary>
internal static class HoconFiles
{
    public static string PathOf(string file)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "hocon", "node.conf")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.FullName ?? throw new DirectoryNotFoundException("hocon/ lies in no directory above the tests"), "hocon", file);
    }
}
