using System.Runtime.CompilerServices;

namespace Raft.Tests.Documentation;

/// <summary>The files of the repository that these tests read, without what a build or a run leaves there.</summary>
public static class RepositoryFiles
{
    private static readonly string[] Left = ["bin", "obj", ".git", ".vs", "data", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The repository's folder on this machine.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>All files, by their path from the root with slashes, in order.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Under(Root).Select(static file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>All folders that hold a file, by their path from the root with slashes.</summary>
    public static IReadOnlySet<string> Folders { get; } = All.SelectMany(FoldersOf).ToHashSet(StringComparer.Ordinal);

    /// <summary>All C# files.</summary>
    public static IReadOnlyList<string> Code { get; } =
        [.. All.Where(static file => file.EndsWith(".cs", StringComparison.Ordinal))];

    /// <summary>The Markdown files that people read: README, SECURITY and everything in docs.</summary>
    public static IReadOnlyList<string> Documents { get; } = [.. All.Where(static file =>
        file is "README.md" or "SECURITY.md"
        || (file.StartsWith("docs/", StringComparison.Ordinal) && file.EndsWith(".md", StringComparison.Ordinal)))];

    /// <summary>Reads a file by its path from the root.</summary>
    /// <returns>Its lines.</returns>
    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static IEnumerable<string> Under(string folder) =>
        Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder)
            .Where(static inner => !Left.Contains(Path.GetFileName(inner)))
            .SelectMany(Under));

    private static IEnumerable<string> FoldersOf(string file)
    {
        for (var end = file.LastIndexOf('/'); end > 0; end = file.LastIndexOf('/', end - 1))
        {
            yield return file[..end];
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
