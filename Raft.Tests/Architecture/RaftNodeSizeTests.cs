using System.Reflection;
using System.Runtime.CompilerServices;
using Raft.Actors.Node;
using Xunit;

namespace Raft.Tests.Architecture;

/// <summary>
/// The node is an actor with many parts. It stays readable as long as it only puts them together: what it decides is theirs.
/// </summary>
public sealed class RaftNodeSizeTests
{
    // Both only go down. What is added to the node goes into a part of it.
    private const int MaxLines = 1_600;
    private const int MaxFields = 30;
    private const int MaxFilesThatAssign = 2;

    /// <summary>The fields that still are assigned in more files. Whoever gives one an owner takes it off.</summary>
    private static readonly string[] Scattered = [];

    private static IReadOnlyList<(string Path, string[] Lines)> Files { get; } =
    [
        .. SourceFiles.Of("Raft.Actors").Where(static file =>
            file.Path == "Node/RaftNode.cs" || file.Path.StartsWith("Node/RaftNode.", StringComparison.Ordinal)),
    ];

    private static IReadOnlyList<string> Fields { get; } =
    [
        .. typeof(RaftNode)
            .GetFields(
                BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly)
            .Where(static field => !field.IsLiteral && !field.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(static field => field.Name)
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Its_files_do_not_grow()
    {
        var lines = Files.Sum(static file => file.Lines.Length);

        Assert.True(Files.Count > 1, "the files of the node are elsewhere now");
        Assert.True(
            lines <= MaxLines,
            $"""
            The files of RaftNode have {lines} lines, {MaxLines} are the most: move what was added into a part of the node.
            {string.Join('\n', Files.Select(static file => $"{file.Path}: {file.Lines.Length}"))}
            """);
    }

    [Fact]
    public void It_has_no_more_fields()
    {
        Assert.NotEmpty(Fields);
        Assert.True(
            Fields.Count <= MaxFields,
            $"""
            RaftNode has {Fields.Count} fields, {MaxFields} are the most: let a part of the node own what was added.
            {string.Join(", ", Fields)}
            """);
    }

    [Fact]
    public void A_field_is_assigned_in_two_of_its_files_at_most()
    {
        var places = Files
            .SelectMany(static file => FieldAssignments.In(file.Lines).Select(name => (name, file.Path)))
            .Where(static place => Fields.Contains(place.name))
            .ToLookup(static place => place.name, static place => place.Path);

        var scattered = places.Where(static field => field.Count() > MaxFilesThatAssign).ToArray();

        Assert.NotEmpty(places);
        Assert.True(
            scattered.Select(static field => field.Key).Order(StringComparer.Ordinal).SequenceEqual(Scattered),
            $"""
            Other fields of RaftNode are assigned in more than {MaxFilesThatAssign} of its files than those that are listed in
            {nameof(RaftNodeSizeTests)}.
            Found:
            {string.Join('\n', scattered.Select(static field => $"{field.Key}: {string.Join(", ", field)}"))}
            Listed:
            {string.Join('\n', Scattered)}
            Let a part of the node own a new one; take one that is assigned in fewer now off the list.
            """);
    }

    [Theory]
    [InlineData("        _value = 1;", "_value")]
    [InlineData("    private int _value = 1;", "_value")]
    [InlineData("        _value ??= 1;", "_value")]
    [InlineData("        _value <<= 1;", "_value")]
    [InlineData("        _value += 1;", "_value")]
    [InlineData("        _value++;", "_value")]
    [InlineData("        --_value;", "_value")]
    [InlineData("        Read(out _value);", "_value")]
    [InlineData("        Change(ref _value);", "_value")]
    [InlineData("        (_value, _other) = (1, 2);", "_other", "_value")]
    [InlineData("        (_value,\n            var other) = (1, 2);", "_value")]
    [InlineData("        _other = _value = 1;", "_other", "_value")]
    [InlineData("        if (_value == 1)")]
    [InlineData("        if (_value <= 1 || _value >= 2 || _value != 3)")]
    [InlineData("        Take(_value => 1);")]
    [InlineData("        _value.Term = 1;")]
    [InlineData("        other._value = 1;")]
    [InlineData("        // _value = 1;")]
    [InlineData("    /// _value = 1;")]
    [InlineData("        Take(_value); // _value = 1;")]
    public void Each_way_to_assign_a_field_is_seen_and_nothing_else(string code, params string[] names) =>
        Assert.Equal(names, FieldAssignments.In(code.Split('\n')));
}
