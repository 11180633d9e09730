using System.Text.RegularExpressions;

namespace Raft.Simulation.Shrinking;

/// <summary>Says whether two violations are of one kind: their texts without the numbers and names of the occasion.</summary>
internal static partial class ViolationKind
{
    private const int Words = 12;

    public static string Of(string violation)
    {
        var text = Operation().Replace(When().Replace(violation, string.Empty), "an operation ");
        var end = text.IndexOf(';', StringComparison.Ordinal);
        return string.Join(' ', (end < 0 ? text : text[..end])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(static word => !word.Any(char.IsDigit))
            .Take(Words));
    }

    [GeneratedRegex(@"^at [\d.]+ s: ")]
    private static partial Regex When();

    [GeneratedRegex(
        @"(Read|ReadThroughLog|Write|CompareAndSet) \d+ of client \d+ .*?(returned at \d+ with \d+|Unknown|NotDone) ?")]
    private static partial Regex Operation();
}
