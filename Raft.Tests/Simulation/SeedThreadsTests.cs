using System.Collections.Concurrent;
using Raft.Simulation.Seeds;
using Xunit;

namespace Raft.Tests.Simulation;

/// <summary>Seeds that run on a few threads.</summary>
[Trait("Category", "Simulation")]
public sealed class SeedThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Each_seed_runs_once(int threads)
    {
        var ran = new ConcurrentQueue<ulong>();

        SeedThreads.Run(threads, SeedThreads.From(7).Take(100), ran.Enqueue);

        Assert.Equal(Enumerable.Range(7, 100).Select(static seed => (ulong)seed), ran.Order());
    }

    [Fact]
    public void Several_seeds_run_at_a_time()
    {
        using var both = new Barrier(2);

        SeedThreads.Run(2, SeedThreads.From(1).Take(2), _ => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void No_seed_begins_after_the_sequence_has_ended()
    {
        var ran = new ConcurrentQueue<ulong>();

        SeedThreads.Run(1, SeedThreads.From(1).TakeWhile(_ => ran.Count < 3), ran.Enqueue);

        Assert.Equal([1UL, 2UL, 3UL], ran);
    }

    [Fact]
    public void A_seed_that_cannot_be_run_is_named_and_no_other_begins()
    {
        var ran = new ConcurrentQueue<ulong>();

        var error = Assert.Throws<AggregateException>(() => SeedThreads.Run(1, SeedThreads.From(1).Take(10), seed =>
        {
            ran.Enqueue(seed);
            Assert.NotEqual(4UL, seed);
        }));

        Assert.StartsWith("seed 4 cannot be run", Assert.Single(error.InnerExceptions).Message, StringComparison.Ordinal);
        Assert.Equal([1UL, 2UL, 3UL, 4UL], ran);
    }

    [Fact]
    public void A_sequence_that_throws_ends_the_run_with_its_error()
    {
        var error = Assert.Throws<AggregateException>(() => SeedThreads.Run(
            2, SeedThreads.From(1).Select(static seed => seed < 5 ? seed : throw new FormatException("seed 5 is none")), static _ => { }));

        Assert.Contains(error.InnerExceptions, static inner => inner.Message == "seed 5 is none");
    }
}
