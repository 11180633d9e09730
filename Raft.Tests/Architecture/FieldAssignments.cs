using System.Text.RegularExpressions;

namespace Raft.Tests.Architecture;

/// <summary>Finds which fields (<c>_likeThis</c>) a piece of code assigns, also where it declares them with a value.</summary>
/// <remarks>It goes by the looks of the code. It does not see what a method does by a reference that it was given.</remarks>
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
