using Raft.Actors.Settings;
using Raft.Simulation.Cluster;
using Raft.Simulation.Faults;
using Raft.Simulation.Seeds;
using Xunit;
using Run = Raft.Simulation.Seeds.Simulation;

namespace Raft.Tests.Simulation;

/// <summary>Reads that rest on leases hold as long as clocks do, and no longer.</summary>
public sealed class ReadSimulationTests
{
    private const double Drift = 0.3;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void While_clocks_keep_to_the_allowed_drift_lease_reads_are_linearizable()
    {
        foreach (var seed in Seeds(20))
        {
            var result = Simulate(seed, Swarm.AllowanceFor(Drift, Heartbeat));
            Assert.True(result.Violations.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, result.Violations)}");
        }
    }

    [Fact]
    public void When_clocks_drift_further_than_allowed_lease_reads_miss_acknowledged_writes()
    {
        // The same worlds, where the servers believe that their clocks go right.
        var broken = Seeds(200).Select(static seed => Simulate(seed, TimeSpan.Zero))
            .First(static result => result.Violations.Count > 0);
        Assert.Contains("Read", broken.Violations[0], StringComparison.Ordinal);
    }

    private static IEnumerable<ulong> Seeds(int count) => Enumerable.Range(1, count).Select(static number => (ulong)number);

    /// <summary>The leader is cut off from its group, but not from clients, again and again.</summary>
    private static SimulationResult Simulate(ulong seed, TimeSpan allowedDrift)
    {
        var swarm = Swarm.Calm(3) with
        {
            ClockDrift = Drift,
            Settings = new RaftSettings
            {
                Group = SimulatedCluster.Group,
                ServerId = SimulatedCluster.IdOf(1),
                HeartbeatTimeout = Heartbeat,
                ElectionTimeout = Heartbeat,
                LeaderLeaseTimeout = Heartbeat,
                Reads = new ReadSettings { Lease = true, MaxClockDrift = allowedDrift },
            }.Validate(),
            Load = new ClientLoad
            {
                Clients = 8,
                Keys = 1,
                ThinkTime = TimeSpan.FromMilliseconds(5),
                Patience = TimeSpan.FromMilliseconds(200),
                ReadRate = 0.5,
                OtherReadRate = 1,
                FollowsHintRate = 0.5,
            },
        };
        var cuts = Enumerable.Range(1, 15)
            .Select(
                static number => (Fault)new LeaderCutOff([], TimeSpan.FromSeconds(1))
                {
                    At = TimeSpan.FromSeconds(2 * number),
                    Number = number,
                });
        return Run.Run(
            seed,
            new SimulationOptions { Swarm = swarm, Duration = TimeSpan.FromSeconds(32), Schedule = new Schedule([.. cuts]) });
    }
}
