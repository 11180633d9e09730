using System.Collections.Immutable;

namespace Raft.Tests.Serialization;

/// <summary>Objects of all the shapes that users may send.</summary>
internal static class PayloadSamples
{
    public static readonly Dictionary<string, object> Objects = new()
    {
        ["string"] = "a text \u2713",
        ["empty string"] = string.Empty,
        ["long string"] = new string('x', 70_000),
        ["string of 253"] = new string('x', 253),
        ["string of 254"] = new string('x', 254),
        ["string of 255"] = new string('x', 255),
        ["bool"] = true,
        ["int"] = -5,
        ["long"] = long.MinValue,
        ["double"] = 0.1,
        ["string[]"] = new[] { "a", string.Empty, "c" },
        ["int[]"] = new[] { 1, 2, int.MaxValue },
        ["bool[]"] = new[] { true, false },
        ["decimal[]"] = new[] { 1.5m, -2m },
        ["List<string>"] = new List<string> { "a", "b" },
        ["record"] = new Deposit("a", 7),
        ["array of records"] = new[] { new Deposit("a", 7), new Deposit("b", 8) },
        ["list of records"] = new List<Deposit> { new("a", 7), new("b", 8) },
        ["immutable list"] = new Account("a", [new Deposit("b", 1), new Deposit("b", 1)]),
        ["everything"] = Everything.Sample,
        ["nulls"] = Everything.Sample with { Text = null!, Maybe = null, Bytes = null!, Numbers = null!, Map = null! },
        ["struct"] = new Point(1, -2),
        ["held record"] = new Holder(new Deposit("a", 7)),
        ["held string"] = new Holder("text"),
        ["held guid"] = new Holder(Guid.Parse("6ac21a4c-4f4b-4ba1-9a71-3a7d2bd0d0a5")),
        ["derived"] = new Derived(5, "base", "derived"),
        ["interfaces"] = new Shapes([new Circle(1), new Circle(2)], new Circle(3)),
        ["own collection"] = new OwnList { "a", "b" },
        ["collections"] = new Strings(["a", "b"], ["c"], ImmutableDictionary<string, int>.Empty.Add("d", 4)),
    };
}

public enum Colour : byte
{
    Red,
    Green,
}

public interface IShape;

public sealed record Everything(
    string Text,
    byte Small,
    int Number,
    sbyte SmallSigned,
    short ShortNumber,
    long LongNumber,
    ushort ShortNatural,
    uint Natural,
    ulong LongNatural,
    bool Flag,
    char Letter,
    float Rough,
    double Fine,
    decimal Money,
    DateTime Time,
    DateTimeOffset Moment,
    Guid Id,
    TimeSpan Duration,
    DateOnly Day,
    Colour Colour,
    int? Maybe,
    byte[] Bytes,
    int[] Numbers,
    ImmutableArray<Deposit> Deposits,
    IReadOnlyList<Deposit> Listed,
    Dictionary<string, Deposit> Map)
{
    public static readonly Everything Sample = new(
        "text", 9, 1_000_000, -1, -2, 3, 4, 5, 6, true, 'x', 1.5f, 2.5, 3.5m,
        new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
        Guid.Parse("6ac21a4c-4f4b-4ba1-9a71-3a7d2bd0d0a5"), TimeSpan.FromSeconds(3), new DateOnly(2024, 1, 2), Colour.Green, 7,
        [1, 2, 3], [1, 2, 3], [new Deposit("a", 1)], new List<Deposit> { new("b", 2) }, new() { ["k"] = new("c", 3) });
}

public readonly record struct Point(int X, int Y);

public sealed record Holder(object? Held);

public sealed record Node(int Depth, Node? Next);

public abstract record Base(int Number, string Text)
{
    private protected int Twice { get; } = Number * 2;
}

public sealed record Derived(int Number, string Text, string More) : Base(Number, Text);

public sealed record Circle(double Radius) : IShape;

public sealed record Shapes(ImmutableArray<IShape> All, IShape Best);

public sealed class OwnList : List<string>;

public sealed record Strings(HashSet<string> Unordered, ImmutableHashSet<string> Frozen, ImmutableDictionary<string, int> Map);
