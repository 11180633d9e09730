using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Simulation.Clients;
using Raft.Simulation.Cluster;
using Raft.Simulation.Invariants;
using Raft.Simulation.Journal;
using Raft.Simulation.Network;
using Raft.Simulation.Registers;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Scripting;

/// <summary>
/// The world of one scenario: the simulated one, in which nothing happens by chance. Messages and disks take a millisecond, in
/// order; clocks are right; nothing is lost but what the scenario loses.
/// </summary>
internal sealed class ScenarioWorld
{
    private const ulong Seed = 1;
    private const int SeededKey = 25;
    private const string SnapshotPlugin = "akka.persistence.snapshot-store.simulated";

    private readonly List<string> _settings = [];
    private readonly Dictionary<int, long[]> _logs = [];
    private readonly Dictionary<int, long> _terms = [];
    private Parts? _parts;

    /// <summary>How many servers there are, and how many of them, the last ones, do not vote.</summary>
    public (int All, int Nonvoters) Size { get; set; } = (3, 0);

    /// <summary>
    /// Whether the servers know of no group until pledges are asked of them, or one of them is told to begin it.
    /// </summary>
    public bool IsFounded { get; set; }

    /// <summary>
    /// Whether a write of more than 10 s, which is told as failed, is made all the same, when the journal has been read anew.
    /// </summary>
    public bool WritesMayComeLate { get; set; }

    public Trace Trace { get; } = new(keepsText: true);

    public bool IsBuilt => _parts is not null;

    public SimulatedWorld World => Built.World;

    public SimulatedCluster Cluster => Built.Cluster;

    public ScenarioClient Client => Built.Client;

    private Parts Built => _parts ??= Build();

    /// <summary>What goes before the world begins: a setting of reference.conf, without its <c>raft.</c></summary>
    public void Set(string name, string value) => _settings.Add($"raft.{name} = {value}");

    /// <summary>What goes before the world begins: the terms of a server's log. The first entry is the configuration.</summary>
    public void BeginWithLog(int server, long[] terms) => _logs[server] = terms;

    /// <summary>What goes before the world begins: a server's term, if it is above that of its last entry.</summary>
    public void BeginInTerm(int server, long term) => _terms[server] = term;

    public SimulatedServer Server(int number, ScenarioLine line) =>
        Cluster.Servers.Find(server => server.Id == SimulatedCluster.IdOf(number))
            ?? throw line.Error($"there is no server {number}");

    /// <summary>Lets time pass; ends early when a condition holds or a rule is broken.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool Advance(TimeSpan time, Func<bool>? condition = null)
    {
        World.RunUntil(World.Elapsed + time, () => Cluster.Rules.Violations.Count > 0 || condition?.Invoke() == true);
        return condition?.Invoke() ?? true;
    }

    private Parts Build()
    {
        var settings = RaftSettings.Create(ConfigurationFactory.ParseString(
            $"raft {{ group = {SimulatedCluster.Group}, server-id = n1, snapshots.plugin = \"{SnapshotPlugin}\" "
                + $"}}\n{string.Join('\n', _settings)}"));
        var world = new SimulatedWorld(Seed, Trace) { LatestTimer = TimeSpan.Zero };
        var millisecond = TimeSpan.FromMilliseconds(1);
        var cluster = new SimulatedCluster(world, new Swarm
        {
            Servers = Size.All,
            Nonvoters = Size.Nonvoters,
            Settings = settings,
            WritesMayComeLate = WritesMayComeLate,
            IsFounded = IsFounded,
            Network = new NetworkFaults { MinDelay = millisecond, MaxDelay = millisecond },
            Disk = new DiskFaults { WriteTime = millisecond, LosesWritesInACrash = true },
        });
        world.Logged = (life, entry) => OnLogged(world, cluster, life, entry);
        foreach (var number in _logs.Keys.Union(_terms.Keys).Order())
        {
            cluster.Servers[number - 1].Disk.BeginWith(SeededEvents(number, cluster.Configuration));
        }

        cluster.StartAll();
        return new Parts(
            world,
            cluster,
            new ScenarioClient(world, cluster, new History(cluster.Rules, new ReadDeadlines(world, cluster.Rules, settings))));
    }

    private IEnumerable<IJournalEvent> SeededEvents(int number, Configuration configuration)
    {
        var terms = _logs.GetValueOrDefault(number) ?? [1];
        yield return new HardStateChanged(Math.Max(terms[^1], _terms.GetValueOrDefault(number)), default);
        yield return new EntriesAppended(
            [.. terms.Select((term, place) => SeededEntry(place + 1, term, configuration)).ToImmutableArray()]);
    }

    /// <summary>The same entry for the same index and term, whoever holds it; as a command it changes nothing.</summary>
    private static LogEntry SeededEntry(long index, long term, Configuration configuration) => index == 1
        ? new LogEntry(1, term, EntryKind.Configuration, ConfigurationCodec.Encode(configuration), default, 0)
        : new LogEntry(
            index, term, EntryKind.Command,
            new EncodedPayload(
                PayloadFormat.Bytes,
                new RegisterCommand((1_000_000 * term) + index, OperationKind.ReadThroughLog, SeededKey, 0, 0).ToBytes()),
            default, 0);

    private static void OnLogged(SimulatedWorld world, SimulatedCluster cluster, Life? life, LogEvent entry)
    {
        if (entry.LogLevel() >= LogLevel.InfoLevel)
        {
            world.Trace.Line(world.Now, life?.Name ?? string.Empty, $"log: {entry.Message}");
        }

        if (entry is Error { Cause: { } cause } && !SimulatedFaultException.IsMade(cause))
        {
            cluster.Rules.Report(
                $"an actor of {life} threw {cause.GetBaseException().GetType().Name}: {cause.GetBaseException().Message}");
        }
    }

    private sealed record Parts(SimulatedWorld World, SimulatedCluster Cluster, ScenarioClient Client);
}
