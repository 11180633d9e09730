using System.Globalization;
using Raft.Simulation.Commands;
using Raft.Simulation.Seeds;
using Raft.Tests.Infrastructure;
using Xunit;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>A seed is worth something only if it means the same each time.</summary>
[Trait("Category", "Simulation")]
public sealed class DeterminismTests
{
    private const int Seeds = 100;

    // Short worlds: what breaks determinism shows soon, and 300 runs are to take seconds.
    private static readonly SimulationOptions Short = new() { Duration = TimeSpan.FromSeconds(5) };

    [Fact]
    public void The_same_seed_gives_the_same_history_also_beside_others()
    {
        var alone = Enumerable.Range(1, Seeds).Select(static seed => Run.Run((ulong)seed, Short).Hash).ToArray();
        var together = new ulong[Seeds];
        SeedThreads.Run(4, SeedThreads.From(1).Take(Seeds), seed => together[seed - 1] = Run.Run(seed, Short).Hash);

        Assert.Equal(alone, together);
        Assert.Equal(Seeds, alone.Distinct().Count());
    }

    [Fact]
    public void Another_process_gives_the_same_history()
    {
        const int seeds = 10;
        var here = Enumerable.Range(1, seeds).Select(static seed =>
            $"{seed.ToString(CultureInfo.InvariantCulture)} {Run.Run((ulong)seed).Hash:x16}");

        var there = ChildProcess.SimulationHashes(1, seeds);

        Assert.Equal(here, there.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void The_first_seeds_have_the_recorded_hashes()
    {
        var recorded = HashesCommand.ReadRecord(HashesCommand.RecordFile);

        Assert.Equal(200, recorded.Count);
        Assert.Empty(HashesCommand.Differences(recorded.Take(20), parallel: 2));
    }

    [Fact]
    public void A_seed_with_another_hash_than_the_recorded_one_is_named()
    {
        var recorded = HashesCommand.ReadRecord(HashesCommand.RecordFile);
        var wrong = recorded.Take(2).Select(static seed => KeyValuePair.Create(seed.Key, seed.Key == 2 ? ~seed.Value : seed.Value));

        Assert.Equal($"seed 2: {recorded[2]:x16}, recorded {~recorded[2]:x16}", Assert.Single(HashesCommand.Differences(wrong, parallel: 1)));
    }

    [Fact]
    public void The_trace_is_the_same_to_the_letter_and_keeping_it_changes_nothing()
    {
        var first = Run.Run(7, Short with { KeepsText = true });
        var second = Run.Run(7, Short with { KeepsText = true });

        Assert.NotEmpty(first.Text);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(Run.Run(7, Short).Hash, first.Hash);
    }
}
