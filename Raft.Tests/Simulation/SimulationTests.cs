using System.Diagnostics;
using System.Security.Cryptography;
using Raft.Simulation;
using Raft.Simulation.Cluster;
using Xunit;
using Xunit.Abstractions;
using Run = Raft.Simulation.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>
/// The real actors in simulated worlds: a fixed range of seeds, which a change of the library must not break, and seeds
/// that nobody has run before. A seed that fails is replayed by the command that is printed.
/// </summary>
[Trait("Category", "Simulation")]
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FreshSeedsTime = TimeSpan.FromSeconds(20);

    /// <summary>Seeds that found a bug once, beside the first ones.</summary>
    public static TheoryData<ulong, ulong> FixedSeeds => new() { { 1, 20 }, { 21, 40 } };

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void Fixed_seeds_break_no_rule(ulong from, ulong to)
    {
        for (var seed = from; seed <= to; seed++)
        {
            AssertNoViolation(Run.Run(seed));
        }
    }

    [Fact]
    public void Fresh_seeds_break_no_rule()
    {
        var first = (ulong)RandomNumberGenerator.GetInt32(1_000_000, int.MaxValue);
        var seed = first;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < FreshSeedsTime; seed++)
        {
            AssertNoViolation(Run.Run(seed));
        }

        output.WriteLine($"ran the seeds {first} to {seed - 1}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void Without_faults_everything_is_done_under_one_leader(int servers)
    {
        var result = Run.Run(1, new SimulationOptions { Swarm = Swarm.Calm(servers), Duration = TimeSpan.FromSeconds(10) });

        AssertNoViolation(result);
        Assert.Equal(1, result.Elections);
        Assert.InRange(result.OperationsDone, 100, int.MaxValue);
    }

    private void AssertNoViolation(SimulationResult result)
    {
        if (result.Violations.Count > 0)
        {
            output.WriteLine($"dotnet run -c Release --project Raft.Simulation -- replay {result.Seed}");
            Assert.Fail($"seed {result.Seed}: {string.Join(Environment.NewLine, result.Violations)}");
        }
    }
}
