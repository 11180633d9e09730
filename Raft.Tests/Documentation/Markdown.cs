using System.Text.RegularExpressions;

namespace Raft.Tests.Documentation;

/// <summary>Reads what a Markdown file names: code in its text, links, headings. Blocks of code are left out.</summary>
public static partial class Markdown
{
    /// <summary>The code in the text, between backticks, with the number of its line.</summary>
    public static IEnumerable<(int Line, string Text)> Code(IEnumerable<string> lines) => Matches(lines, CodePattern());

    /// <summary>The targets of the links, with the number of their line.</summary>
    public static IEnumerable<(int Line, string Text)> Links(IEnumerable<string> lines) => Matches(lines, LinkPattern());

    /// <summary>The anchors of the headings, as GitHub makes them.</summary>
    public static IEnumerable<string> Anchors(IEnumerable<string> lines) => Text(lines)
        .Where(static line => line.Text.StartsWith('#'))
        .Select(static line => line.Text.TrimStart('#').Trim().ToLowerInvariant())
        .Select(static heading => DroppedPattern().Replace(heading, "").Replace(' ', '-'));

    private static IEnumerable<(int Line, string Text)> Matches(IEnumerable<string> lines, Regex pattern) =>
        Text(lines).SelectMany(line => pattern.Matches(line.Text).Select(match => (line.Line, match.Groups[1].Value)));

    private static IEnumerable<(int Line, string Text)> Text(IEnumerable<string> lines)
    {
        var inBlock = false;
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                inBlock = !inBlock;
            }
            else if (!inBlock)
            {
                yield return (number, line);
            }
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();

    /// <summary>What GitHub drops from a heading to make its anchor.</summary>
    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex DroppedPattern();
}
