using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Raft.Tests.Architecture;

/// <summary>
/// Folders form no cycle: to read one you need not know those that stand above it. A cycle that has to stand for a while is
/// listed here until it is cut; none may be added, and none may grow.
/// </summary>
public sealed partial class FolderCycleTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>The cycles that still stand, by project. Whoever cuts one takes it off.</summary>
    public static TheoryData<string, string[]> Standing => new()
    {
        { "Raft.Actors", [] },
        { "Raft.Host", [] },
        { "Raft.Simulation", [] },
        { "Raft.Fuzz", [] },
    };

    [Theory]
    [MemberData(nameof(Standing))]
    public void Folders_form_no_new_cycle(string project, string[] standing)
    {
        var references = FolderReferences.Of(Assembly.Load(project));

        var cycles = FolderCycles.In(references);

        Assert.NotEmpty(references);
        Assert.True(
            cycles.SequenceEqual(standing),
            $"""
            The folders of {project} form other cycles than those that are listed in {nameof(FolderCycleTests)}.
            Found:
            {string.Join('\n', cycles.Select(cycle => Explain(cycle, references)))}
            Listed:
            {string.Join('\n', standing)}
            Cut a new cycle by a move; take a cycle that is gone, or the folder that has left one, off the list.
            """);
    }

    [Theory]
    [InlineData("Raft.Actors")]
    [InlineData("Raft.Host")]
    [InlineData("Raft.Simulation")]
    [InlineData("Raft.Fuzz")]
    public void Namespaces_follow_folders(string project)
    {
        var files = Directory.GetFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(static file => !file.Split('/').Any(static part => part is "obj" or "bin"))
            .ToArray();

        var strays = files
            .Where(static file => NamespaceLine().Match(File.ReadAllText(Path.Combine(Root, file))) is { Success: true } match
                && match.Groups[1].Value != Path.GetDirectoryName(file)!.Replace('/', '.').Replace('\\', '.'))
            .ToArray();

        Assert.NotEmpty(files);
        Assert.Empty(strays);
    }

    /// <summary>What everybody speaks of must be understood without anything else.</summary>
    [Theory]
    [InlineData("Model", new string[0])]
    [InlineData("Settings", new[] { "Model" })]
    [InlineData("Protocol", new[] { "Model", "Settings" })]
    [InlineData("StateMachine", new[] { "Model" })]
    public void A_leaf_knows_no_more_than_it_should(string folder, string[] known)
    {
        var references = FolderReferences.Of(Assembly.Load("Raft.Actors"));

        Assert.Contains(references, reference => reference.To == folder);
        Assert.DoesNotContain(references, reference => reference.From == folder && !known.Contains(reference.To));
    }

    [Fact]
    public void A_cycle_is_found_where_only_bodies_of_methods_make_it()
    {
        var cycles = FolderCycles.In(FolderReferences.Of(typeof(FolderCycleTests).Assembly));

        Assert.Contains("Architecture/Fixtures/Left, Architecture/Fixtures/Right", cycles);
    }

    [Theory]
    [InlineData("UsedAsBase")]
    [InlineData("IUsedAsInterface")]
    [InlineData("UsedAsField")]
    [InlineData("UsedAsParameter")]
    [InlineData("UsedAsElement")]
    [InlineData("UsedAsConstraint")]
    [InlineData("UsedAsAttribute")]
    [InlineData("UsedAsCatchException")]
    public void Each_way_to_use_a_type_is_seen(string type) =>
        Assert.Contains(
            new FolderReference("Architecture/Fixtures", "Architecture/Fixtures/Kinds", $"User uses {type}"),
            FolderReferences.Of(typeof(FolderCycleTests).Assembly));

    [Fact]
    public void Folders_that_reach_each_other_are_one_cycle_and_others_are_none()
    {
        FolderReference[] references =
        [
            Edge("A", "B"), Edge("B", "C"), Edge("C", "A"), Edge("C", "D"), Edge("E", ""), Edge("", "E"), Edge("F", "A"),
        ];

        Assert.Equal(["(root), E", "A, B, C"], FolderCycles.In(references));
    }

    private static FolderReference Edge(string from, string to) => new(from, to, $"{from} uses {to}");

    /// <summary>A cycle, and up to three reasons for each step within it.</summary>
    private static string Explain(string cycle, IEnumerable<FolderReference> references)
    {
        var folders = cycle.Split(", ").Select(static folder => folder == "(root)" ? string.Empty : folder).ToHashSet();
        var steps = references
            .Where(reference => folders.Contains(reference.From) && folders.Contains(reference.To))
            .GroupBy(static reference => (reference.From, reference.To))
            .Select(static step =>
                $"    {step.Key.From} -> {step.Key.To}: " + string.Join("; ", step.Take(3).Select(static use => use.Because)));
        return string.Join('\n', steps.Prepend(cycle));
    }

    private static string ThisFile([CallerFilePath] string here = "") => here;

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
