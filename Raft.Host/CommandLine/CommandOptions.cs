using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Raft.Host.CommandLine;

/// <summary>
/// The arguments of a command: options (<c>--name value</c>, <c>--name=value</c>, or <c>--name</c> for a flag) and words.
/// </summary>
internal sealed class CommandOptions
{
    private readonly List<(string Name, string Value)> _options = [];
    private readonly List<string> _words = [];

    /// <summary>The arguments that are not options, in their order.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>Reads the arguments after the command.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="valued">The options that have a value.</param>
    /// <param name="flags">The options that have none.</param>
    /// <param name="words">How many words are allowed.</param>
    /// <param name="options">The arguments, if they could be read.</param>
    /// <param name="error">Otherwise the reason.</param>
    public static bool TryParse(
        IReadOnlyList<string> arguments,
        ReadOnlySpan<string> valued,
        ReadOnlySpan<string> flags,
        int words,
        [NotNullWhen(true)] out CommandOptions? options,
        [NotNullWhen(false)] out string? error)
    {
        options = null;
        var read = new CommandOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument : argument[..equals];
            if (!argument.StartsWith('-'))
            {
                if (read._words.Count == words)
                {
                    error = $"the argument '{argument}' is not expected here";
                    return false;
                }

                read._words.Add(argument);
            }
            else if (flags.Contains(argument))
            {
                read._options.Add((argument, string.Empty));
            }
            else if (!valued.Contains(name))
            {
                error = $"the option '{argument}' is unknown here";
                return false;
            }
            else if (equals < 0 && i + 1 == arguments.Count)
            {
                error = $"{name} must be followed by a value";
                return false;
            }
            else
            {
                var value = equals < 0 ? arguments[++i] : argument[(equals + 1)..];
                if (value.Length == 0)
                {
                    error = $"{name} must have a value";
                    return false;
                }

                read._options.Add((name, value));
            }
        }

        options = read;
        error = null;
        return true;
    }

    /// <summary>Whether a flag was given.</summary>
    public bool Has(string flag) => _options.Exists(option => option.Name == flag);

    /// <summary>The last value given to an option; null if there is none.</summary>
    public string? Last(string name) => _options.FindLast(option => option.Name == name).Value;

    /// <summary>All values of an option, in their order.</summary>
    public ImmutableArray<string> All(string name) =>
        [.. _options.Where(option => option.Name == name).Select(static option => option.Value)];
}
