using Akka.Event;
using Raft.Actors.Settings;
using Raft.Simulation.Clients;
using Raft.Simulation.Cluster;
using Raft.Simulation.Faults;
using Raft.Simulation.Invariants;
using Raft.Simulation.Journal;
using Raft.Simulation.Linearizability;
using Raft.Simulation.World;

namespace Raft.Simulation.Seeds;

/// <summary>How a seed is run.</summary>
internal sealed record SimulationOptions
{
    /// <summary>For how long a seed's schedule of faults is drawn, in virtual time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When faults and clients end, if earlier.</summary>
    public TimeSpan? Until { get; init; }

    /// <summary>Within this time after the last fault everything must be well again.</summary>
    public TimeSpan RecoveryTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether to keep the trace as text.</summary>
    public bool KeepsText { get; init; }

    /// <summary>What the world is like; null lets the seed decide.</summary>
    public Swarm? Swarm { get; init; }

    /// <summary>What befalls the group; null lets the seed decide, and stands for nothing in a world that is given.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>How many of the seed's clients there are; null means all.</summary>
    public int? Clients { get; init; }

    /// <summary>How many of the seed's keys they use; null means all.</summary>
    public int? Keys { get; init; }

    /// <summary>
    /// Another number lets the same faults befall the same world, with all else (delays, whose turn it is, what clients ask)
    /// drawn anew.
    /// </summary>
    public int Luck { get; init; }

    /// <summary>
    /// Whether the disks forget votes when they are read: a bug that is there to be found, for tests of this tool.
    /// </summary>
    public bool DisksForgetVotes { get; init; }

    /// <summary>What a seed's world is like under these options.</summary>
    public Swarm SwarmOf(ulong seed)
    {
        var swarm = Swarm ?? Swarm.Draw(seed);
        return swarm with
        {
            Disk = swarm.Disk with { ForgetsVotes = DisksForgetVotes },
            Load = swarm.Load with
            {
                Clients = Math.Min(Clients ?? int.MaxValue, swarm.Load.Clients),
                SessionClients = Math.Min(Clients ?? int.MaxValue, swarm.Load.SessionClients),
                Keys = Math.Min(Keys ?? int.MaxValue, swarm.Load.Keys),
            },
        };
    }

    /// <summary>What befalls a seed's group under these options.</summary>
    public Schedule ScheduleOf(ulong seed) =>
        Schedule ?? (Swarm is null ? Schedule.Draw(seed, SwarmOf(seed), Duration) : Schedule.None);
}

/// <summary>What came of a seed.</summary>
internal sealed record SimulationResult(
    ulong Seed,
    ulong Hash,
    IReadOnlyList<string> Violations,
    TimeSpan VirtualTime,
    long Steps,
    long Messages,
    int Elections,
    int Crashes,
    int Partitions,
    IReadOnlyDictionary<string, int> Faults,
    long Committed,
    int Operations,
    int OperationsDone,
    string Text);

/// <summary>One world from one seed: a group, its clients, and all that befalls them.</summary>
internal static class Simulation
{
    // Shutdowns that were asked for before the faults ended are over by then.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(9);

    // More than anything may take to be answered in a healthy group.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(15);

    public static SimulationResult Run(ulong seed, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var swarm = options.SwarmOf(seed);
        var trace = new Trace(options.KeepsText);
        var world = new SimulatedWorld(options.Luck == 0 ? seed : Digest.Mix(seed, (ulong)options.Luck), trace)
        {
            LongestTurn = swarm.LongestTurn,
        };
        var cluster = new SimulatedCluster(world, swarm);
        var rules = cluster.Rules;
        world.Logged = (life, entry) => OnLogged(world, rules, life, entry);
        var history = new History(rules, new ReadDeadlines(world, rules, swarm.Settings));
        cluster.StartAll();
        cluster.KeepAddresses();
        if (swarm.IsUpgraded)
        {
            cluster.KeepUpgraded();
        }

        if (swarm.IsFounded)
        {
            _ = new Founder(world, cluster);
        }

        var nemesis = new Nemesis(world, cluster, options.ScheduleOf(seed));
        ISimulatedClient[] clients =
        [
            .. Enumerable.Range(1, swarm.Load.Clients).Select(number => new Client(world, cluster, swarm.Load, history, number)),
            .. Enumerable.Range(101, swarm.Load.SessionClients).Select(number =>
                new SessionClient(world, cluster, swarm.Load, history, number, swarm.ClockDrift)),
            .. swarm.Load.Restores
                ? [new RestoreClient(world, cluster, swarm.Load, history, 201)]
                : Array.Empty<ISimulatedClient>(),
        ];

        var leases = swarm.HasLeaseReader ? new LeaseReader(world, cluster, history) : null;

        world.RunUntil(options.Until ?? options.Duration, () => rules.Violations.Count > 0);
        if (rules.Violations.Count == 0)
        {
            world.Note(world.Outside, "all faults end");
            nemesis.Stop();
            leases?.Finish();
            world.RunUntil(world.Elapsed + SettlingTime, () => rules.Violations.Count > 0);
            if (swarm.EndsWithPowerFailure)
            {
                cluster.Servers.ForEach(server => cluster.Crash(server));
                cluster.StartAll();
            }

            Array.ForEach(clients, static client => client.Finish());
            CheckRecovers(world, cluster, clients, options.RecoveryTime);
        }

        if (rules.Violations.Count == 0
            && cluster.Network.Lost == 0
            && swarm.Settings.ApplyOnFollower == ApplyOnFollower.Redirect)
        {
            // Clients with sessions go on asking: what they ask from here on is nobody's proof.
            var asked = history.Unanswered;
            world.RunUntil(world.Elapsed + AnswerTime, () => rules.Violations.Count > 0 || !asked.Any(history.IsUnanswered));
            history.CheckAnswered(asked);
        }

        if (rules.Violations.Count == 0 && LinearizabilityChecker.Check(history.Operations) is { } flaw)
        {
            rules.Report(flaw);
        }

        return new SimulationResult(
            seed, trace.Hash, rules.Violations, world.Elapsed, world.Steps, cluster.Network.Delivered, rules.Elections,
            cluster.Crashes,
            nemesis.Partitions, nemesis.Struck, rules.Committed, history.Operations.Count, history.Done, trace.Text);
    }

    /// <summary>Liveness: once faults end, every client's last write is done, and all servers come to the same state.</summary>
    private static void CheckRecovers(SimulatedWorld world, SimulatedCluster cluster, ISimulatedClient[] clients, TimeSpan bound)
    {
        var rules = cluster.Rules;
        var deadline = world.Elapsed + bound;
        world.RunUntil(
            deadline, () => rules.Violations.Count > 0 || Array.TrueForAll(clients, static client => client.IsFinished));
        if (rules.Violations.Count > 0)
        {
            return;
        }

        if (Array.Find(clients, static client => !client.IsFinished) is { } waiting)
        {
            rules.Report($"liveness: there was no fault for {bound.TotalSeconds} s, but {waiting.Waits}; {States(cluster)}");
            return;
        }

        world.RunUntil(world.Elapsed + TimeSpan.FromSeconds(15), () => rules.Violations.Count > 0 || cluster.IsAtRest);
        if (rules.Violations.Count == 0 && !cluster.IsAtRest)
        {
            rules.Report($"liveness: all clients are done since 15 s, but the servers are not of one state; {States(cluster)}");
        }
    }

    private static string States(SimulatedCluster cluster) => string.Join("; ", cluster.Servers.Select(static server =>
        SimulatedCluster.Observe(server) is { } state
            ? $"{server.Id} {state.Role} t{state.Term} last {state.Log.LastIndex}/{state.Log.LastTerm} commit "
                + $"{state.CommitIndex} applied {state.LastApplied} in flight {state.InFlight}"
            : $"{server.Id} {(server.IsUp ? "recovering" : "down")}"));

    /// <summary>An actor that throws, for any reason but a fault that was made here, is a bug of the library.</summary>
    private static void OnLogged(SimulatedWorld world, RaftRules rules, Life? life, LogEvent entry)
    {
        if (world.Trace.KeepsText && entry.LogLevel() >= LogLevel.InfoLevel)
        {
            world.Trace.Line(world.Now, life?.Name ?? string.Empty, $"log: {entry.Message}");
        }

        if (entry is Error { Cause: { } cause } && !SimulatedFaultException.IsMade(cause))
        {
            rules.Report(
                $"an actor of {life} threw {cause.GetBaseException().GetType().Name}: {cause.GetBaseException().Message}");
        }
    }
}
