namespace Raft.Actors.LogLines;

/// <summary>What another process wrote, as a part of a line in the log: it harms no terminal and fills no disk.</summary>
internal static class LogText
{
    /// <summary>The longest text that is shown whole, in characters.</summary>
    public const int MaxLength = 400;

    /// <summary>The text with a question mark in place of each unprintable character, cut if it is too long.</summary>
    public static string Clean(string text)
    {
        if (text.Length <= MaxLength && !text.Any(IsUnclean))
        {
            return text;
        }

        var shown = text.Length <= MaxLength ? text : text[..MaxLength];
        var clean = string.Create(shown.Length, shown, static (characters, source) =>
        {
            for (var place = 0; place < characters.Length; place++)
            {
                characters[place] = IsUnclean(source[place]) ? '?' : source[place];
            }
        });
        return text.Length <= MaxLength ? clean : $"{clean}… ({text.Length} characters)";
    }

    // Control characters; and what reorders or hides text, or breaks a line: format characters, separators, halves of a pair.
    private static bool IsUnclean(char character) => char.GetUnicodeCategory(character)
        is System.Globalization.UnicodeCategory.Control
        or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator
        or System.Globalization.UnicodeCategory.ParagraphSeparator
        or System.Globalization.UnicodeCategory.Surrogate
        or System.Globalization.UnicodeCategory.PrivateUse
        or System.Globalization.UnicodeCategory.OtherNotAssigned;
}
