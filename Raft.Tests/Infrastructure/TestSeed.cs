using System.Globalization;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// The one seed that random inputs of tests are drawn from. It is the same in every run of <c>dotnet test</c>, so that a test
/// which passes goes on passing; <c>.ci/run</c> sets the variable to a fresh one, which it prints before the tests begin.
/// </summary>
internal static class TestSeed
{
    /// <summary>The environment variable that holds another seed.</summary>
    public const string Variable = "RAFT_TEST_SEED";

    /// <summary>The trait <c>Category</c> of tests that draw their inputs from the seed.</summary>
    public const string Category = "Random";

    /// <summary>The seed of this run.</summary>
    public static int Value { get; } = Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Reads the variable.</summary>
    /// <param name="text">What it holds; nothing stands for 1.</param>
    /// <exception cref="FormatException">It holds something else than a number.</exception>
    public static int Parse(string? text) =>
        string.IsNullOrEmpty(text) ? 1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed
        : throw new FormatException($"{Variable} is '{text}'; use a number from 0 to {int.MaxValue}, or leave it out");
}
