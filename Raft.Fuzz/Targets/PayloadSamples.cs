using System.Collections.Immutable;

namespace Raft.Fuzz.Targets;

/// <summary>Commands of the shapes that users send.</summary>
internal static class PayloadSamples
{
    /// <summary>The types that are listed.</summary>
    public static readonly Type[] Listed = [typeof(Deposit), typeof(Everything), typeof(Node), typeof(Point)];

    /// <summary>One of each shape.</summary>
    public static readonly object[] Objects =
    [
        "a text ✓",
        new string('x', 300),
        true,
        -5,
        long.MinValue,
        0.1,
        new[] { "a", string.Empty, "c" },
        new[] { 1, 2, int.MaxValue },
        new[] { 1.5m, -2m },
        new List<string> { "a", "b" },
        new Deposit("a", 7, Colour.Green),
        new[] { new Deposit("a", 7, Colour.Red), new Deposit("b", 8, Colour.Green) },
        new Point(1, -2),
        new Node(new Node(new Node(null, 3), new Deposit("b", 1, Colour.Red)), "text"),
        new Everything(
            "text", 9, -1, 5, 'x', 2.5, 3.5m, DateTime.UnixEpoch, DateTimeOffset.UnixEpoch, Guid.Empty, TimeSpan.FromDays(1),
            new DateOnly(2024, 2, 3), 4, [1, 2], [3, 4], [new Deposit("c", 9, Colour.Red)],
            new List<Deposit> { new("d", 1, Colour.Red) },
            new Dictionary<string, Deposit> { ["e"] = new("e", 2, Colour.Green) }, ["f"], ImmutableDictionary<string,
            int>.Empty.Add("g", 4)),
    ];
}

internal enum Colour : byte
{
    Red,
    Green,
}

internal sealed record Deposit(string Account, long Amount, Colour Colour);

internal readonly record struct Point(int X, int Y);

/// <summary>It nests, and holds anything.</summary>
internal sealed record Node(Node? Next, object? Held);

internal sealed record Everything(
    string Text,
    byte Small,
    short Short,
    ulong Natural,
    char Letter,
    double Fine,
    decimal Money,
    DateTime Time,
    DateTimeOffset Moment,
    Guid Id,
    TimeSpan Duration,
    DateOnly Day,
    int? Maybe,
    byte[] Bytes,
    int[] Numbers,
    ImmutableArray<Deposit> Deposits,
    IReadOnlyList<Deposit> Listed,
    Dictionary<string, Deposit> Map,
    HashSet<string> Set,
    ImmutableDictionary<string, int> Immutable);

/// <summary>It is not listed: no input may make one.</summary>
internal sealed class Trap
{
    /// <summary>Something to be filled in.</summary>
    public string Text { get; init; } = string.Empty;
}
