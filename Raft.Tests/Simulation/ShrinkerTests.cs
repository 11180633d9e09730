using Raft.Simulation.Commands;
using Raft.Simulation.Seeds;
using Raft.Simulation.Shrinking;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>A failing seed is worth reading when it is small.</summary>
[Trait("Category", "Simulation")]
public sealed class ShrinkerTests(ITestOutputHelper output)
{
    private static readonly SimulationOptions Buggy = new() { DisksForgetVotes = true };

    private static readonly Lazy<(ulong Seed, int Faults)> Failing = new(static () => FirstWith(faults: 40));

    [Fact]
    [Trait("Category", SlowTest.Category)]
    public void A_bug_among_dozens_of_faults_is_shown_with_a_handful()
    {
        var (seed, whole) = Failing.Value;
        var shrinker = new Shrinker(seed, Buggy, maxRuns: 400);

        var smallest = shrinker.Shrink();

        Assert.NotNull(smallest);
        output.WriteLine($"seed {seed}: {whole} faults, after {shrinker.Runs} runs:\n{smallest.Schedule}\n{smallest.Result.Violations[0]}");
        Assert.InRange(smallest.Schedule.Faults.Count, 0, 9);
        Assert.InRange(smallest.Options.SwarmOf(seed).Load.Clients, 0, 5);
    }

    [Fact]
    public void The_printed_command_replays_the_same_case_to_the_last_step()
    {
        var (seed, _) = Failing.Value;
        var smallest = new Shrinker(seed, Buggy, maxRuns: 20).Shrink()!;

        var line = CaseArguments.Line("replay", seed, smallest.Options);
        var arguments = new Arguments(line[(line.IndexOf("replay", StringComparison.Ordinal) + "replay ".Length)..].Split(' '), CaseArguments.Names);
        var replayed = Run.Run(arguments.Seed(0), CaseArguments.Parse(seed, arguments) with { DisksForgetVotes = true, KeepsText = true });

        Assert.Equal(smallest.Result.Violations, replayed.Violations);
        Assert.Equal(smallest.Result.Hash, replayed.Hash);
    }

    [Fact]
    public void A_seed_that_breaks_no_rule_is_not_shrunk() =>
        Assert.Null(new Shrinker(1, new SimulationOptions { Duration = TimeSpan.FromSeconds(5) }).Shrink());

    [Theory]
    [InlineData(new[] { 7 })]
    [InlineData(new[] { 0, 39 })]
    [InlineData(new[] { 3, 4, 20, 31 })]
    public void Only_what_is_needed_is_left(int[] needed)
    {
        var attempts = 0;

        var left = DeltaDebugging.Reduce(Enumerable.Range(0, 40).ToArray(), items =>
        {
            attempts++;
            return needed.All(items.Contains) ? items : null;
        });

        Assert.Equal(needed, left);
        Assert.InRange(attempts, 1, 120);
    }

    [Fact]
    public void Everything_that_is_not_needed_is_left_out() =>
        Assert.Empty(DeltaDebugging.Reduce(Enumerable.Range(0, 40).ToArray(), static items => items));

    [Theory]
    [InlineData("at 1.5 s: n1 writes a vote for n2 in term 5, in which it voted for n3", "at 9.1 s: n3 writes a vote for n1 in term 12, in which it voted for n2")]
    [InlineData(
        "at 1.5 s: Write 17 of client 2 on key 1 called at 5, Unknown was acknowledged as entry 9, but was applied at 8",
        "at 2.0 s: CompareAndSet 7 of client 1 on key 0 expecting 3 called at 5, returned at 9 with 4 was acknowledged as entry 3, but was applied at 4")]
    public void Violations_of_one_kind_are_known_by_their_words(string one, string other) => Assert.Equal(ViolationKind.Of(one), ViolationKind.Of(other));

    [Fact]
    public void Violations_of_two_kinds_differ() => Assert.NotEqual(
        ViolationKind.Of("at 1.5 s: n1 writes a vote for n2 in term 5, in which it voted for n3"),
        ViolationKind.Of("at 1.5 s: n1 writes term 4 behind term 5"));

    private static (ulong Seed, int Faults) FirstWith(int faults)
    {
        for (var seed = 1UL; seed < 100; seed++)
        {
            var result = Run.Run(seed, Buggy);
            var count = Buggy.ScheduleOf(seed).Faults.Count(fault => fault.At < result.VirtualTime);
            if (count >= faults && result.Violations.Count > 0)
            {
                return (seed, count);
            }
        }

        throw new InvalidOperationException("no seed finds the bug");
    }
}
