using System.Globalization;

namespace Raft.Simulation.Scripting;

/// <summary>A line of a scenario file that says something, in words.</summary>
internal sealed record ScenarioLine(string File, int Number, string Text)
{
    private static readonly char[] Blanks = [' ', '\t'];

    public IReadOnlyList<string> Words { get; } = Text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of a file without its comments (from # on) and empty lines.</summary>
    public static IReadOnlyList<ScenarioLine> Read(string file, string text) =>
    [
        .. text.Split('\n')
            .Select((line, index) => new ScenarioLine(file, index + 1, line.Split('#')[0].Trim()))
            .Where(static line => line.Text.Length > 0),
    ];

    public ScenarioException Error(string what) => new($"{File}:{Number}: {Text}: {what}");
}

/// <summary>The words of a line. Commands and facts take them one after the other.</summary>
internal sealed class ScenarioWords(ScenarioLine line, int next)
{
    private int _next = next;

    public ScenarioLine Line => line;

    public bool IsAtEnd => _next >= line.Words.Count;

    /// <summary>The next word, or null at the end; it stays the next.</summary>
    public string? Peek() => IsAtEnd ? null : line.Words[_next];

    public string Take(string what) => IsAtEnd ? throw line.Error($"{what} is missing") : line.Words[_next++];

    /// <summary>Takes the next word if it is this one.</summary>
    public bool TakeIf(string word)
    {
        if (Peek() != word)
        {
            return false;
        }

        _next++;
        return true;
    }

    public void Expect(string word)
    {
        if (!TakeIf(word))
        {
            throw line.Error($"'{word}' is missing{(Peek() is { } other ? $" before '{other}'" : string.Empty)}");
        }
    }

    public IReadOnlyList<string> TakeRest()
    {
        var rest = line.Words.Skip(_next).ToArray();
        _next = line.Words.Count;
        return rest;
    }

    public long TakeNumber(string what) => ToNumber(Take(what), what);

    public long[] TakeNumbers(string what) => [.. TakeRest().Select(word => ToNumber(word, what))];

    /// <summary>A number of a server.</summary>
    public int TakeServer() => (int)TakeNumber("a server's number");

    /// <summary>A time, such as <c>200ms</c> or <c>5s</c>.</summary>
    public TimeSpan TakeTime()
    {
        var word = Take("a time");
        var isShort = word.EndsWith("ms", StringComparison.Ordinal);
        return word.EndsWith('s')
            && double.TryParse(word.AsSpan(0, word.Length - (isShort ? 2 : 1)), CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromSeconds(isShort ? number / 1000 : number)
            : throw line.Error($"'{word}' is no time: write 200ms or 5s");
    }

    /// <summary>A step of a clock, such as <c>+1h</c> or <c>-30s</c>.</summary>
    public TimeSpan TakeStep()
    {
        var word = Take("a step");
        var unit = word[^1] switch { 'h' => 3600, 'm' => 60, 's' => 1, _ => 0 };
        return unit > 0
            && word[0] is '+' or '-'
            && double.TryParse(word.AsSpan(0, word.Length - 1), CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromSeconds(number * unit)
            : throw line.Error($"'{word}' is no step of a clock: write +1h, -10m or +30s");
    }

    public void ExpectEnd()
    {
        if (Peek() is { } word)
        {
            throw line.Error($"'{word}' is not understood here");
        }
    }

    public long ToNumber(string word, string what) =>
        long.TryParse(word, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw line.Error($"{what} is missing: '{word}' is no number");
}

/// <summary>A scenario that failed or cannot be understood; the message names the file, the line, and what is wrong.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
