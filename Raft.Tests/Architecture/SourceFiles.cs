using System.Runtime.CompilerServices;

namespace Raft.Tests.Architecture;

/// <summary>The files that people write.</summary>
internal static class SourceFiles
{
    /// <summary>The repository's own directory.</summary>
    public static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>The C# files of a project, with their paths from its directory on, in order.</summary>
    public static IReadOnlyList<(string Path, string[] Lines)> Of(string project)
    {
        var directory = Path.Combine(Root, project);
        return
        [
            .. Directory.GetFiles(directory, "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(directory, file).Replace('\\', '/'))
                .Where(static file => file.Split('/')[0] is not ("obj" or "bin"))
                .Order(StringComparer.Ordinal)
                .Select(file => (file, File.ReadAllLines(Path.Combine(directory, file)))),
        ];
    }

    private static string ThisFile([CallerFilePath] string here = "") => here;
}
