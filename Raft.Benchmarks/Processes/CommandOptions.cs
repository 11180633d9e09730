using System.Globalization;

namespace Raft.Benchmarks.Processes;

/// <summary>A benchmark's options, <c>--name value</c> each.</summary>
internal sealed class CommandOptions
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="UsageException">An option is not one of the names, or has no value.</exception>
    public CommandOptions(string command, string[] options, params string[] names)
    {
        for (var i = 0; i < options.Length; i += 2)
        {
            var isKnown = options[i].StartsWith("--", StringComparison.Ordinal) && names.Contains(options[i][2..]);
            _values[options[i].TrimStart('-')] = isKnown && i + 1 < options.Length
                ? options[i + 1]
                : throw new UsageException(
                    $"{command}: '{options[i]}' is not an option with its value; use "
                        + $"{string.Join(", ", names.Select(static name => $"--{name} X"))}");
        }
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public long Number(string name, long otherwise) =>
        !_values.TryGetValue(name, out var text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new UsageException($"--{name} {text}: use a number above 0");

    /// <summary>A size such as 64MiB or 1GiB, in bytes.</summary>
    public long Bytes(string name, long otherwise) => !_values.TryGetValue(name, out var text)
        ? otherwise
        : Akka.Configuration.ConfigurationFactory.ParseString($"size = {text}").GetByteSize("size") is { } bytes and > 0
            ? bytes
            : throw new UsageException($"--{name} {text}: use a size such as 256MiB or 1GiB");

    /// <summary>Where a benchmark keeps its files, unless it is told.</summary>
    public string Directory(string benchmark) => Text("directory", Temporary(benchmark));

    /// <summary>
    /// How the files with a benchmark's results begin, unless it is told. Not in the directory that it is started in: that is a
    /// checkout, most of the time.
    /// </summary>
    public string Results(string benchmark) => Text("output", $"{Temporary(benchmark)}-results");

    private static string Temporary(string benchmark) =>
        Path.Combine(Path.GetTempPath(), $"raft-{benchmark}-{Environment.ProcessId}");
}

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);
