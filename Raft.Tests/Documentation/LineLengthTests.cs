using Xunit;

namespace Raft.Tests.Documentation;

/// <summary>No line is too long to read: at most 120 columns in docs and configuration files, 130 in code.</summary>
public sealed class LineLengthTests
{
    private const int LongestOfDocs = 120;
    private const int LongestOfCode = 130;

    [Fact]
    public void No_line_of_the_docs_is_over_120_columns()
    {
        var files = RepositoryFiles.Documents.Concat(RepositoryFiles.All.Where(IsConfiguration)).ToArray();

        Assert.True(files.Length > 10, $"only {files.Length} files of docs were found");
        AssertShort(files, LongestOfDocs, MayBeLong);
    }

    [Fact]
    public void No_line_of_the_code_is_over_130_columns()
    {
        var files = RepositoryFiles.Code;

        Assert.True(files.Count > 500, $"only {files.Count} files of code were found");
        AssertShort(files, LongestOfCode, static _ => false);
    }

    private static void AssertShort(IEnumerable<string> files, int longest, Func<string, bool> mayBeLong)
    {
        var tooLong = files
            .SelectMany(static file => RepositoryFiles.Lines(file)
                .Select((line, index) => (File: file, Number: index + 1, Line: line)))
            .Where(place => place.Line.Length > longest && !mayBeLong(place.Line))
            .Select(static place => $"{place.File}:{place.Number} has {place.Line.Length} columns")
            .ToArray();

        Assert.True(
            tooLong.Length == 0,
            $"{tooLong.Length} lines are over {longest} columns; break them:\n{string.Join('\n', tooLong.Take(50))}");
    }

    /// <summary>
    /// Whether a line of the docs cannot be broken: the row of a table, a line that holds a URL, or a connection string.
    /// </summary>
    private static bool MayBeLong(string line) =>
        line.TrimStart().StartsWith('|')
        || line.Contains("://", StringComparison.Ordinal)
        || line.TrimStart().StartsWith("connection-string", StringComparison.Ordinal);

    private static bool IsConfiguration(string file) =>
        file.EndsWith(".conf", StringComparison.Ordinal) && (IsIn(file, "hocon") || IsIn(file, "Raft.Actors"));

    private static bool IsIn(string file, string folder) => file.StartsWith(folder + "/", StringComparison.Ordinal);
}
