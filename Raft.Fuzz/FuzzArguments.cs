using System.Globalization;
using System.Security.Cryptography;

namespace Raft.Fuzz;

/// <summary>What was typed.</summary>
internal sealed record FuzzArguments
{
    /// <summary>How the program is used.</summary>
    public const string Usage =
        """
        usage: dotnet run -c Release --project Raft.Fuzz -- [TARGET]... [--inputs N] [--seconds S] [--seed SEED]

          Tries N hostile inputs (without --inputs: as many as there is time for) at each target, for S seconds at most (60 if neither is
          given), and exits with 1 if one of them did what no input may do. SEED is that of the first input; the next have the numbers behind it.

          messages   the reader of all that is sent and stored       payloads   the reader of users' objects
          door       what is looked at before Akka.Remote            wire       three servers in a process, over their ports
          http       the same servers, over HTTP
        """;

    /// <summary>Which targets; all if none is named.</summary>
    public List<string> Targets { get; init; } = [];

    /// <summary>How many inputs for each.</summary>
    public long Inputs { get; init; } = long.MaxValue;

    /// <summary>How long for each; null where nothing was said.</summary>
    public TimeSpan? Seconds { get; init; }

    /// <summary>How long for each at most.</summary>
    public TimeSpan Time => Seconds ?? (Inputs == long.MaxValue ? TimeSpan.FromSeconds(60) : TimeSpan.MaxValue);

    /// <summary>The seed of the first input.</summary>
    public ulong Seed { get; init; } = (ulong)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Takes them apart.</summary>
    /// <exception cref="FormatException">They make no sense; the message says why.</exception>
    public static FuzzArguments Parse(IReadOnlyList<string> typed)
    {
        var arguments = new FuzzArguments();
        for (var place = 0; place < typed.Count; place++)
        {
            if (!typed[place].StartsWith("--", StringComparison.Ordinal))
            {
                arguments.Targets.Add(typed[place]);
                continue;
            }

            var value = place + 1 < typed.Count ? typed[place + 1] : throw new FormatException($"{typed[place]} needs a value");
            arguments = typed[place] switch
            {
                "--inputs" => arguments with { Inputs = Number<long>(typed[place], value) },
                "--seconds" => arguments with { Seconds = TimeSpan.FromSeconds(Number<double>(typed[place], value)) },
                "--seed" => arguments with { Seed = Number<ulong>(typed[place], value) },
                _ => throw new FormatException($"there is no option {typed[place]}"),
            };
            place++;
        }

        return arguments;
    }

    private static T Number<T>(string option, string text)
        where T : struct, IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{option} cannot be '{text}'");
}
