using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Raft.Tests.Infrastructure;

/// <summary>No test passes today and fails tomorrow because it drew other inputs.</summary>
public sealed partial class TestSeedTests
{
    // Free ports and the serial numbers of certificates must differ from run to run.
    private static readonly string[] Exceptions = ["HostCluster.cs", "Certificates.cs", "RandomInputs.cs", "TestSeedTests.cs"];

    [Theory]
    [InlineData(null, 1)]
    [InlineData("", 1)]
    [InlineData("0", 0)]
    [InlineData("2147483647", int.MaxValue)]
    public void The_variable_holds_the_seed(string? text, int seed) => Assert.Equal(seed, TestSeed.Parse(text));

    [Theory]
    [InlineData("one")]
    [InlineData("-1")]
    [InlineData("2147483648")]
    public void Anything_but_a_number_is_refused(string text) =>
        Assert.Contains($"RAFT_TEST_SEED is '{text}'", Assert.Throws<FormatException>(() => TestSeed.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void No_test_draws_its_inputs_from_another_seed()
    {
        var found = Sources().Where(static file => !Exceptions.Contains(Path.GetFileName(file)))
            .SelectMany(static file => OtherSeed().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileName(file)}: {match.Value}"));

        Assert.Empty(found);
    }

    [Fact]
    public void A_test_that_draws_its_inputs_has_the_category()
    {
        var without = Sources().Where(static file => !Exceptions.Contains(Path.GetFileName(file))).SelectMany(static file =>
        {
            var lines = File.ReadAllLines(file);
            return Enumerable.Range(0, lines.Length)
                .Where(at => lines[at].Contains(".TryEach(", StringComparison.Ordinal) && !HasCategory(lines, at))
                .Select(at => $"{Path.GetFileName(file)}:{at + 1}");
        });

        Assert.Empty(without);
    }

    private static bool HasCategory(string[] lines, int at)
    {
        var fact = Array.FindLastIndex(lines, at, static line => line.StartsWith("    [Fact", StringComparison.Ordinal));
        return fact >= 0 && lines[fact + 1].Contains("TestSeed.Category", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Sources([CallerFilePath] string here = "") =>
        Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetDirectoryName(here))!, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"Random\.Shared|new Random\(\)|RandomNumberGenerator|TickCount\b|\.Sample\(")]
    private static partial Regex OtherSeed();
}
