using System.Globalization;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Fuzz;

/// <summary>
/// Damages files of a server at random. RAFT_FILE_FUZZ="COUNT" tries so many damages, RAFT_FILE_FUZZ="COUNT SEED" begins with
/// another seed: "1 SEED" tries again what a failure names.
/// </summary>
public sealed class FileFuzzTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public async Task No_damage_of_a_file_makes_a_server_start_wrongly()
    {
        var wanted = Environment.GetEnvironmentVariable("RAFT_FILE_FUZZ")?.Split(' ')
            .Select(static word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        var count = wanted is [var given, ..] ? given : 200;
        var seed = wanted is [_, var first] ? first : TestSeed.Value;
        var wrong = new List<string>();
        var fuzz = new FileFuzz(wrong.Add);

        await fuzz.RunAsync(seed, count);

        output.WriteLine($"{count} damages from seed {seed} on: {fuzz.Summary}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(20)));
    }
}
