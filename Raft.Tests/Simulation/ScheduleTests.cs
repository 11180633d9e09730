using Raft.Simulation.Cluster;
using Raft.Simulation.Faults;
using Raft.Simulation.Seeds;
using Xunit;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>What befalls a group is data: drawn before the run, and the same in any company.</summary>
[Trait("Category", "Simulation")]
public sealed class ScheduleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly SimulationOptions Short = new() { Duration = TimeSpan.FromSeconds(5) };

    [Fact]
    public void A_seed_draws_the_same_schedule_each_time()
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            Assert.Equal(
                Schedule.Draw(seed, Swarm.Draw(seed), Minute).ToString(),
                Schedule.Draw(seed, Swarm.Draw(seed), Minute).ToString());
        }
    }

    [Fact]
    public void Each_kind_of_fault_is_drawn_and_says_what_it_does()
    {
        var faults = Enumerable.Range(1, 200)
            .SelectMany(static seed => Schedule.Draw((ulong)seed, Swarm.Draw((ulong)seed), Minute).Faults).ToArray();

        Assert.Equal(
            FaultKind.All.Select(static kind => kind.Name).Order(), faults.Select(static fault => fault.Kind).Distinct().Order());
        Assert.All(faults, static fault => Assert.InRange(fault.ToString().Length, 20, 500));
        Assert.All(faults, static fault => Assert.InRange(fault.At, TimeSpan.Zero, Minute));
    }

    [Fact]
    public void Faults_are_numbered_by_time_and_keep_their_numbers()
    {
        var whole = Schedule.Draw(3, Swarm.Draw(3), Minute);
        var some = whole.Only(new HashSet<int> { 2, 5 });

        Assert.Equal(Enumerable.Range(1, whole.Faults.Count), whole.Faults.Select(static fault => fault.Number));
        Assert.Equal(whole.Faults.OrderBy(static fault => fault.At), whole.Faults);
        Assert.Equal([whole.Faults[1], whole.Faults[4]], some.Faults);
    }

    [Fact]
    public void A_schedule_that_is_given_is_run_as_the_drawn_one()
    {
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var drawn = Short.ScheduleOf(seed);

            Assert.Equal(Run.Run(seed, Short).Hash, Run.Run(seed, Short with { Schedule = drawn }).Hash);
        }
    }

    [Fact]
    public void Without_its_faults_a_seed_gives_another_history_and_the_same_one_each_time()
    {
        var calm = Short with { Schedule = Schedule.None, Clients = 1 };

        Assert.NotEqual(Run.Run(1, Short).Hash, Run.Run(1, calm).Hash);
        Assert.Equal(Run.Run(1, calm).Hash, Run.Run(1, calm).Hash);
        Assert.Equal(0, Run.Run(1, calm).Crashes - (Swarm.Draw(1).EndsWithPowerFailure ? Swarm.Draw(1).Servers : 0));
    }
}
