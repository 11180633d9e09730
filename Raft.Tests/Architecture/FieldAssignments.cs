using System.Text.RegularExpressions;

namespace Raft.Tests.Architecture;

/// <summary>
/// Finds which fields (<c>_likeThis</c>) a piece of code assigns. One that is declared with a value counts as assigned there.
/// </summary>
/// <remarks>By the looks of the code alone.</remarks>
internal static partial class FieldAssignments
{
    /// <summary>The names of the fields, each once, in order.</summary>
    public static IReadOnlyList<string> In(IEnumerable<string> lines)
    {
        var code = string.Join('\n', lines.Select(static line => Comment().Replace(line, string.Empty)));
        var names = Single().Matches(code).Select(static match => match.Groups["name"].Value);
        var together = Tuple().Matches(code)
            .SelectMany(static match => Name().Matches(match.Groups["targets"].Value))
            .Select(static match => match.Value);
        return [.. names.Concat(together).Distinct().Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"^\s*//.*| // .*")]
    private static partial Regex Comment();

    // A value, a change, one more, one less; or by a method that has it as out or ref.
    [GeneratedRegex(
        @"(?<![\w.])(?<name>_[a-z]\w*)\s*(?:(?:[-+*/%&|^]|\?\?|<<|>>)?=(?![=>])|\+\+|--)"
        + @"|(?:\+\+|--|\b(?:out|ref)\s+)(?<name>_[a-z]\w*)(?![\w.])")]
    private static partial Regex Single();

    [GeneratedRegex(@"\((?<targets>[^()]*,[^()]*)\)\s*=(?![=>])")]
    private static partial Regex Tuple();

    [GeneratedRegex(@"(?<![\w.])_[a-z]\w*(?![\w.\[(])")]
    private static partial Regex Name();
}
