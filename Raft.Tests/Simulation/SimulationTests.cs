using System.Collections.Concurrent;
using Raft.Simulation.Cluster;
using Raft.Simulation.Seeds;
using Xunit;
using Xunit.Abstractions;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>
/// The real actors in simulated worlds, from a fixed range of seeds. A seed that fails is printed with the commands that replay
/// and shrink it. <c>.ci/run</c> also runs seeds that nobody has run before.
/// </summary>
[Trait("Category", "Simulation")]
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Threads = 2;

    [Fact]
    public void Fixed_seeds_break_no_rule()
    {
        const int seeds = 160;
        var broken = new ConcurrentQueue<SimulationResult>();
        var ran = 0;
        SeedThreads.Run(Threads, SeedThreads.From(1).Take(seeds).TakeWhile(_ => broken.IsEmpty), seed =>
        {
            var result = Run.Run(seed);
            Interlocked.Increment(ref ran);
            if (result.Violations.Count > 0)
            {
                broken.Enqueue(result);
            }
        });

        AssertNoViolation([.. broken]);
        Assert.Equal(seeds, ran);
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

    private void AssertNoViolation(params IReadOnlyList<SimulationResult> results)
    {
        foreach (var result in results.Where(static result => result.Violations.Count > 0))
        {
            output.WriteLine($"dotnet run -c Release --project Raft.Simulation -- replay {result.Seed}");
            output.WriteLine($"dotnet run -c Release --project Raft.Simulation -- shrink {result.Seed}");
            Assert.Fail($"seed {result.Seed}: {string.Join(Environment.NewLine, result.Violations)}");
        }
    }
}
