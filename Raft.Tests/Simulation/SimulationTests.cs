using System.Diagnostics;
using System.Security.Cryptography;
using Raft.Simulation.Cluster;
using Raft.Simulation.Seeds;
using Xunit;
using Xunit.Abstractions;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>
/// The real actors in simulated worlds: a fixed range of seeds, which a change of the library must not break, and seeds
/// that nobody has run before. A seed that fails is replayed by the command that is printed.
/// </summary>
[Trait("Category", "Simulation")]
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Threads = 2;

    // A bound by the clock: a slow machine runs fewer seeds, and none is late.
    private static readonly TimeSpan FreshSeedsTime = TimeSpan.FromSeconds(80);

    [Fact]
    public void Fixed_seeds_break_no_rule()
    {
        const int seeds = 160;
        RunSeeds(1, static begun => begun < seeds);
    }

    [Fact]
    public void Fresh_seeds_break_no_rule()
    {
        var first = (ulong)RandomNumberGenerator.GetInt32(1_000_000, int.MaxValue);
        var clock = Stopwatch.StartNew();
        var ran = RunSeeds(first, _ => clock.Elapsed < FreshSeedsTime);
        output.WriteLine($"ran the seeds {first} to {first + (ulong)ran - 1}");
        Assert.True(ran > 0);
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

    /// <summary>Runs seed after seed on a few threads, until told otherwise or until one breaks a rule.</summary>
    private int RunSeeds(ulong first, Func<int, bool> mayBegin)
    {
        var begun = 0;
        var gate = new Lock();
        var broken = new List<SimulationResult>();
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            while (Next() is { } seed)
            {
                try
                {
                    var result = Run.Run(seed);
                    if (result.Violations.Count > 0)
                    {
                        lock (gate)
                        {
                            broken.Add(result);
                        }
                    }
                }
                catch (Exception failure)
                {
                    // On a thread of its own it would end the process.
                    lock (gate)
                    {
                        failures.Add(new InvalidOperationException($"seed {seed} cannot be run", failure));
                    }
                }
            }
        })).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }

        AssertNoViolation(broken);
        return begun;

        ulong? Next()
        {
            lock (gate)
            {
                return broken.Count == 0 && failures.Count == 0 && mayBegin(begun) ? first + (ulong)begun++ : null;
            }
        }
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
