using System.Globalization;

namespace Raft.Simulation.Commands;

/// <summary>
/// What stands behind a command's name: values, options with a value, and flags. What a command does not know is an error.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly List<string> _values = [];

    /// <summary>Takes them apart.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="names">The options that the command knows; one that ends with <c>!</c> is a flag and has no value.</param>
    public Arguments(IReadOnlyList<string> arguments, params string[] names)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                _values.Add(arguments[i]);
            }
            else if (names.Contains($"{arguments[i]}!"))
            {
                _options[arguments[i]] = string.Empty;
            }
            else if (!names.Contains(arguments[i]))
            {
                throw new UsageException($"there is no option {arguments[i]}");
            }
            else if (i + 1 == arguments.Count)
            {
                throw new UsageException($"{arguments[i]} needs a value");
            }
            else
            {
                _options[arguments[i]] = arguments[++i];
            }
        }
    }

    public IReadOnlyList<string> Values => _values;

    public bool Has(string name) => _options.ContainsKey(name);

    public string? Text(string name) => _options.GetValueOrDefault(name);

    public long? Number(string name) => Text(name) is { } text ? Parse<long>(name, text) : null;

    public TimeSpan? Seconds(string name) => Text(name) is { } text ? TimeSpan.FromSeconds(Parse<double>(name, text)) : null;

    /// <summary>A value that is a seed.</summary>
    public ulong Seed(int place) =>
        place < Values.Count ? Parse<ulong>("the seed", Values[place]) : throw new UsageException("a seed is missing");

    private static T Parse<T>(string name, string text)
        where T : struct, IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"{name} cannot be '{text}'");
}

/// <summary>A command line that cannot be understood.</summary>
internal sealed class UsageException(string message) : Exception(message);
