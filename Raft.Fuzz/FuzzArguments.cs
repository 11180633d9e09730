using System.Globalization;
using System.Security.Cryptography;
using Raft.Host.CommandLine;

namespace Raft.Fuzz;

/// <summary>What was typed.</summary>
internal sealed record FuzzArguments
{
    /// <summary>How the program is used.</summary>
    public const string Usage =
        """
        usage: dotnet run -c Release --project Raft.Fuzz -- [TARGET]... [--inputs N] [--seconds S] [--seed SEED]

          Tries N hostile inputs (without --inputs: as many as there is time for) at each target, for at most S seconds (60 if
          neither is given). SEED is the seed of the first input, and the next inputs have the next numbers. Exits with 1 if an
          input did what no input may do.

          messages   the reader of all that is sent and stored       payloads   the reader of users' objects
          door       what is looked at before Akka.Remote            wire       three servers in a process, over their ports
          http       the same servers, over HTTP
        """;

    private const string InputsOption = "--inputs";
    private const string SecondsOption = "--seconds";
    private const string SeedOption = "--seed";

    /// <summary>Which targets; all if none is named.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

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
        if (!CommandOptions.TryParse(
            typed, [InputsOption, SecondsOption, SeedOption], [], words: int.MaxValue, out var options, out var error))
        {
            throw new FormatException(error);
        }

        var arguments = new FuzzArguments { Targets = options.Words };
        return arguments with
        {
            Inputs = Number(options, InputsOption, arguments.Inputs),
            Seconds = options.Last(SecondsOption) is null ? null : TimeSpan.FromSeconds(Number(options, SecondsOption, 0.0)),
            Seed = Number(options, SeedOption, arguments.Seed),
        };
    }

    private static T Number<T>(CommandOptions options, string name, T otherwise)
        where T : struct, IParsable<T> =>
        options.Last(name) is not { } text ? otherwise
        : T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"{name} cannot be '{text}'");
}
