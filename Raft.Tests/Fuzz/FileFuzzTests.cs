using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Fuzz;

/// <summary>
/// Fresh damages each time, for a few seconds. RAFT_FILE_FUZZ = "COUNT" or "COUNT SEED" runs so many, from that seed on: what a
/// failure names is run again by "1 SEED".
/// </summary>
public sealed class FileFuzzTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task No_damage_of_a_file_makes_a_server_start_wrongly()
    {
        var wanted = Environment.GetEnvironmentVariable("RAFT_FILE_FUZZ")?.Split(' ').Select(static word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        var seed = wanted is [_, var given] ? given : Random.Shared.Next();
        using var end = wanted is null ? new CancellationTokenSource(Patience) : new CancellationTokenSource();
        var wrong = new List<string>();
        var fuzz = new FileFuzz(wrong.Add);
        var done = await fuzz.RunAsync(seed, wanted is [var count, ..] ? count : int.MaxValue, end.Token);
        output.WriteLine($"{done} damages from seed {seed}: {fuzz.Summary}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(20)));
        Assert.True(done > 0);
    }
}
