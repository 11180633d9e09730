using System.Text.RegularExpressions;
using Xunit;

namespace Raft.Tests.Documentation;

/// <summary>What the docs name exists: files and folders of the repository, tests, and the targets of links.</summary>
public sealed partial class NamedFilesTests
{
    private static readonly Lazy<string> Tests = new(static () => string.Join('\n', RepositoryFiles.Code
        .Where(static file => file.StartsWith("Raft.Tests/", StringComparison.Ordinal))
        .Select(static file => File.ReadAllText(Path.Combine(RepositoryFiles.Root, file)))));

    public static TheoryData<string> Documents => [.. RepositoryFiles.Documents];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_exists(string document) =>
        AssertAll(document, Markdown.Code(RepositoryFiles.Lines(document)), static text => Paths(text).All(Exists));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_test_that_a_document_names_exists(string document) =>
        AssertAll(document, Markdown.Code(RepositoryFiles.Lines(document)), static text =>
            (TestPattern().Match(text) is not { Success: true } test
                || Tests.Value.Contains(test.Groups[1].Value, StringComparison.Ordinal))
            && (ClassPattern().Match(text) is not { Success: true } type
                || Regex.IsMatch(Tests.Value, $@"\bclass {type.Groups[1].Value}\b")));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_of_a_document_leads_somewhere(string document) =>
        AssertAll(document, Markdown.Links(RepositoryFiles.Lines(document)), link => LeadsSomewhere(document, link));

    [Theory]
    [InlineData("Raft.Actors")]
    [InlineData("Raft.Host")]
    [InlineData("Raft.Simulation")]
    [InlineData("Raft.Fuzz")]
    [InlineData("Raft.Benchmarks")]
    public void The_source_map_has_a_line_for_every_folder(string project)
    {
        var named = Markdown.Code(RepositoryFiles.Lines("docs/architecture.md")).Select(static code => code.Text).ToHashSet();
        var folders = RepositoryFiles.Folders
            .Where(folder => folder.StartsWith(project + "/", StringComparison.Ordinal))
            .ToArray();

        Assert.NotEmpty(folders);
        Assert.All(folders, folder => Assert.True(
            named.Contains(folder + "/") || named.Contains(folder[(project.Length + 1)..] + "/"),
            $"docs/architecture.md, Source map: add a line for {folder}/"));
    }

    [Theory]
    [InlineData("Log/LogMatching.cs", true)]
    [InlineData("Log/LogMatching", true)]
    [InlineData("Storage/Segments/", true)]
    [InlineData("Raft.Actors/Model", true)]
    [InlineData(".ci/run", true)]
    [InlineData("stepped-clocks.scenario", true)]
    [InlineData("Log/{LogMatching,LogClock}.cs", true)]
    [InlineData("Log/{LogMatching,NoSuch}.cs", false)]
    [InlineData("Log/NoSuch.cs", false)]
    [InlineData("NoSuch/", false)]
    [InlineData("Raft.Actors/NoSuch", false)]
    [InlineData("docs/no-such.md", false)]
    [InlineData("no-such.scenario", false)]
    [InlineData("Processes/NoSuchTests", false)]
    public void A_path_is_told_by_its_looks_and_looked_up(string text, bool exists)
    {
        Assert.NotEmpty(Paths(text));
        Assert.Equal(exists, Paths(text).All(Exists));
    }

    [Theory]
    [InlineData("/user/raft-{group}")]
    [InlineData("raft/{group}/{server}")]
    [InlineData("GET /status")]
    [InlineData("journal.db")]
    [InlineData("Applied(index, term, result)")]
    [InlineData("Raft.Actors.dll")]
    public void What_is_no_path_of_the_repository_is_left_alone(string text) => Assert.Empty(Paths(text));

    [Fact]
    public void Anchors_are_those_of_GitHub() => Assert.Equal(
        ["hashicorprafts-tests-recovery", "the-life-of-an-apply"],
        Markdown.Anchors(["## hashicorp/raft's tests: recovery", "```", "# no heading", "```", "# The life of an Apply"]));

    private static void AssertAll(string document, IEnumerable<(int Line, string Text)> named, Func<string, bool> exists)
    {
        var missing = named
            .Where(name => !exists(name.Text))
            .Select(name => $"{document}:{name.Line} names {name.Text}")
            .ToArray();

        Assert.True(missing.Length == 0, $"{missing.Length} names lead nowhere; mend them:\n{string.Join('\n', missing)}");
    }

    /// <summary>
    /// The paths of the repository that a text names: none, if it looks like something else; several, if it has braces. A path
    /// begins with something that stands in the root, ends as our files do, or is made of folders with capital letters.
    /// </summary>
    private static IEnumerable<string> Paths(string text) =>
        !PathPattern().IsMatch(text) ? [] : Expand(text).Where(static path =>
            EndingPattern().IsMatch(path)
            || (path.Contains('/') && (BeginsInTheRoot(path) || FoldersPattern().IsMatch(path))));

    private static bool BeginsInTheRoot(string path) => RepositoryFiles.Folders.Contains(path[..path.IndexOf('/')]);

    /// <summary>A path may begin in any folder, as in the sections that say which project they speak of.</summary>
    private static bool Exists(string path)
    {
        var end = path.TrimEnd('/');
        return Ends(RepositoryFiles.Folders, end)
            || (!path.EndsWith('/') && (Ends(RepositoryFiles.All, end) || Ends(RepositoryFiles.All, end + ".cs")));
    }

    private static bool Ends(IEnumerable<string> paths, string end) =>
        paths.Any(path => path == end || path.EndsWith("/" + end, StringComparison.Ordinal));

    private static IEnumerable<string> Expand(string text)
    {
        if (BracesPattern().Match(text) is not { Success: true } braces)
        {
            return [text];
        }

        var (before, after) = (text[..braces.Index], text[(braces.Index + braces.Length)..]);
        return braces.Groups[1].Value.Split(',').SelectMany(part => Expand(before + part + after));
    }

    private static bool LeadsSomewhere(string document, string link)
    {
        if (link.Contains("://", StringComparison.Ordinal))
        {
            return true;
        }

        var parts = link.Split('#', 2);
        var folder = Path.GetDirectoryName(document)!;
        var file = Path.GetFullPath(Path.Combine(RepositoryFiles.Root, folder, parts[0]));
        var target = parts[0].Length == 0 ? document : Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/');
        return (RepositoryFiles.All.Contains(target) || RepositoryFiles.Folders.Contains(target))
            && (parts.Length == 1 || Markdown.Anchors(RepositoryFiles.Lines(target)).Contains(parts[1]));
    }

    [GeneratedRegex(@"^[\w.][\w.\-{},]*(/[\w.\-{},]+)*/?$")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^[A-Z]\w*(/[A-Z][\w.]*)*/?$")]
    private static partial Regex FoldersPattern();

    [GeneratedRegex(@"\w\.(cs|csproj|sln|props|scenario|md)$")]
    private static partial Regex EndingPattern();

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex BracesPattern();

    /// <summary>
    /// A test is named by its method, alone or after its class, or by its beginning with an ellipsis after it. hashicorp/raft's
    /// tests, which begin with TestRaft, are not ours.
    /// </summary>
    [GeneratedRegex(@"^(?!TestRaft)(?=.*[a-z])(?:\w+Tests\.)?([A-Z][A-Za-z0-9]*(?:_\w+){2,}?)_?(?:\.\.\.|…)?$")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"^(\w+Tests)(?:\.\w+…?)?$")]
    private static partial Regex ClassPattern();
}
