using Raft.Actors.Settings;
using Raft.Simulation.Journal;
using Raft.Simulation.Network;
using Raft.Simulation.World;

namespace Raft.Simulation.Cluster;

/// <summary>
/// What one seed's world is like. Each seed draws its own mix, many of them extreme: a bug that needs slow disks, quick
/// restarts and no loss is never met where everything is always a little wrong (swarm testing).
/// </summary>
internal sealed record Swarm
{
    public int Servers { get; init; } = 3;

    /// <summary>How many of the servers do not vote.</summary>
    public int Nonvoters { get; init; }

    /// <summary>How many servers there are beside these, which know of no group until they are added.</summary>
    public int Spares { get; init; }

    public int AllServers => Servers + Spares;

    public RaftSettings Settings { get; init; } = new() { Group = SimulatedCluster.Group, ServerId = SimulatedCluster.IdOf(1) };

    public NetworkFaults Network { get; init; } = new();

    public DiskFaults Disk { get; init; } = new();

    /// <summary>How many of the kinds of faults befall the group. Where there are few, more is done between them.</summary>
    public double FaultKindRate { get; init; } = 0.5;

    /// <summary>Whether the journals are databases, in which a write that was given up may still be made.</summary>
    public bool WritesMayComeLate { get; init; }

    /// <summary>Whether servers come back with software that supports a later version of the commands.</summary>
    public bool IsUpgraded { get; init; }

    /// <summary>Whether the servers know of no group at first and begin one as those do that find one another.</summary>
    public bool IsFounded { get; init; }

    public ClientLoad Load { get; init; } = new();

    /// <summary>Whether a client reads by lease all the time, from every server that believes it leads.</summary>
    public bool HasLeaseReader { get; init; }

    public double ClockDrift { get; init; }

    public double QuickRestartRate { get; init; } = 0.5;

    public TimeSpan LongestDowntime { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan LongestTurn { get; init; } = TimeSpan.FromMicroseconds(20);

    /// <summary>Whether all servers die and start once more when the clients want their last thing.</summary>
    public bool EndsWithPowerFailure { get; init; }

    /// <summary>A world without faults, in which everything must go well.</summary>
    public static Swarm Calm(int servers) => new() { Servers = servers };

    public static Swarm Draw(ulong seed)
    {
        var random = SeededRandom.Stream(seed, "swarm");
        var servers = random.Pick(1, 2, 3, 3, 3, 3, 5, 5, 5, 4, 6, 7);
        var swarm = new Swarm
        {
            Servers = servers,
            Nonvoters = servers > 1 && random.Chance(0.15) ? 1 : 0,
            Spares = SeededRandom.Stream(seed, "spares").Pick(0, 0, 1, 2, 3),
            Settings = DrawSettings(random) with { Snapshots = DrawSnapshots(SeededRandom.Stream(seed, "snapshot settings")) },
            Network = new NetworkFaults { MaxDelay = Milliseconds(random.Pick(1, 3, 20, 100)) },
            Disk = new DiskFaults { WriteTime = Milliseconds(random.Pick(0.3, 3, 20, 80)) },
            Load = new ClientLoad
            {
                Clients = random.Pick(1, 3, 5, 8),
                Keys = random.Pick(1, 3, 5),
                ThinkTime = Milliseconds(random.Pick(20, 100, 300, 1000)),
                Patience = Milliseconds(random.Pick(500, 2000, 8000)),
                EndsWithReads = random.Chance(0.3),
                FollowsHintRate = random.Pick(0.2, 0.9),
                EnqueueTimeoutRate = random.Pick(0, 0.5),
                SessionClients = random.Pick(0, 1, 3),
                CommandsInFlight = random.Pick(1, 2, 4),
                Restores = SeededRandom.Stream(seed, "restores").Chance(0.4),
                ReadRate = SeededRandom.Stream(seed, "reads").Pick(0, 0, 0.7),
            },
            FaultKindRate = SeededRandom.Stream(seed, "kinds").Pick(0.5, 0.5, 0.15),
            WritesMayComeLate = SeededRandom.Stream(seed, "late writes").Chance(0.5),
            IsUpgraded = SeededRandom.Stream(seed, "upgrades").Chance(0.4),
            IsFounded = SeededRandom.Stream(seed, "founding").Chance(0.15),
            ClockDrift = random.Pick(0, 0.01, 0.1),
            QuickRestartRate = random.Pick(0.1, 0.9),
            LongestDowntime = TimeSpan.FromSeconds(random.Pick(1, 5, 20)),
            EndsWithPowerFailure = random.Chance(0.3),
            LongestTurn = Milliseconds(random.Pick(0.02, 0.02, 0.1)),
        };
        var reads = DrawReads(SeededRandom.Stream(seed, "read settings"), swarm.Settings.HeartbeatTimeout, swarm.ClockDrift);
        return swarm with
        {
            // Those that find one another begin as voters.
            IsFounded = swarm.IsFounded && swarm.Nonvoters == 0,
            HasLeaseReader = reads.Lease && SeededRandom.Stream(seed, "lease reader").Chance(0.5),
            Settings = (swarm.Settings with { Reads = reads }).Validate(),
        };
    }

    /// <summary>
    /// While a clock that runs slow by the drift counts the heartbeat timeout less this, one that runs fast by it does not
    /// count more than the timeout.
    /// </summary>
    public static TimeSpan AllowanceFor(double clockDrift, TimeSpan heartbeatTimeout) =>
        (heartbeatTimeout * (2 * clockDrift / (1 + clockDrift))) + TimeSpan.FromMicroseconds(1);

    private static ReadSettings DrawReads(SeededRandom random, TimeSpan heartbeatTimeout, double clockDrift) => new()
    {
        Lease = random.Chance(0.5),
        MaxClockDrift = AllowanceFor(clockDrift, heartbeatTimeout),
        Timeout = TimeSpan.FromSeconds(random.Pick(1, 5)),
    };

    /// <summary>How long a server stays down.</summary>
    public TimeSpan DrawDowntime(SeededRandom random) => random.Chance(QuickRestartRate)
        ? random.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(100))
        : random.Between(TimeSpan.FromMilliseconds(100), LongestDowntime);

    private static RaftSettings DrawSettings(SeededRandom random)
    {
        var heartbeat = Milliseconds(random.Pick(150, 300, 1000));
        return new RaftSettings
        {
            Group = SimulatedCluster.Group,
            ServerId = SimulatedCluster.IdOf(1),
            HeartbeatTimeout = heartbeat,
            ElectionTimeout = heartbeat * random.Pick(1, 1, 2),
            LeaderLeaseTimeout = heartbeat * random.Pick(0.5, 1),
            CommitTimeout = Milliseconds(random.Pick(5, 50)),
            PreVote = random.Chance(0.7),
            ApplyOnFollower = random.Pick(ApplyOnFollower.Redirect, ApplyOnFollower.Forward),
            Replication = new ReplicationSettings
            {
                MaxEntriesPerMessage = random.Pick(1, 3, 512),
                MaxBytesPerMessage = random.Pick(100, 64 * 1024),
                MaxMessagesInFlight = random.Pick(1, 4, 32),
                ResponseTimeout = Milliseconds(random.Pick(200, 1000)),
            },
            Intake = new IntakeSettings
            {
                MaxCommandsInFlight = random.Pick(2, 16384, 16384),
                MaxCommandsWaiting = random.Pick(2, 4096),
            },
            Journal = new JournalSettings
            {
                MaxEntriesPerEvent = random.Pick(1, 3, 512),
                StallTimeout = TimeSpan.FromSeconds(random.Pick(1, 3)),
            },
            Sessions = new SessionSettings
            {
                Timeout = TimeSpan.FromSeconds(random.Pick(1, 5, 600)),
                MaxAnswers = random.Pick(1, 3, 256),
            },
            RestartMaxBackoff = TimeSpan.FromSeconds(random.Pick(1, 10)),
            StateMachineDispatcher = "raft.state-machine-dispatcher",
            StateMachineMaxBatchSize = random.Pick(1, 3, 1024),
        }.Validate();
    }

    /// <summary>Small thresholds, so that snapshots are taken all the time; in some seeds there are none.</summary>
    private static SnapshotSettings DrawSnapshots(SeededRandom random) => new()
    {
        Plugin = random.Chance(0.15) ? SnapshotSettings.NoPlugin : "akka.persistence.snapshot-store.simulated",
        Interval = Milliseconds(random.Pick(20, 200, 2000)),
        ThresholdEntries = random.Pick(1, 5, 20, 50),
        ThresholdBytes = random.Pick(1000, 64 * 1024 * 1024),
        MaxAge = Milliseconds(random.Pick(0, 0, 500)),
        TrailingEntries = random.Pick(0, 1, 3, 20),
        TrailingBytes = random.Pick(0, 500, 64 * 1024 * 1024),
        Retain = random.Pick(1, 2, 3),
        ChunkBytes = random.Pick(16, 64, 256 * 1024),
        MaxMessagesInFlight = random.Pick(1, 3, 8),
        MaxEventsPerDelete = random.Pick(1, 4, 64),
        MaxLogBytes = random.Pick(2000, 10_000, 1024 * 1024 * 1024),
    };

    private static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);
}
