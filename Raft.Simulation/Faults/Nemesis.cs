using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Simulation.Clients;
using Raft.Simulation.Cluster;
using Raft.Simulation.Journal;
using Raft.Simulation.Network;
using Raft.Simulation.World;

namespace Raft.Simulation.Faults;

/// <summary>Does to a group what a schedule has in store for it, until it is told to stop.</summary>
internal sealed class Nemesis
{
    private readonly SortedDictionary<string, int> _struck = new(StringComparer.Ordinal);
    private Operator? _operator;
    private bool _isOver;

    public Nemesis(SimulatedWorld world, SimulatedCluster cluster, Schedule schedule)
    {
        World = world;
        Cluster = cluster;
        foreach (var fault in schedule.Faults)
        {
            Later(fault.At - world.Elapsed, () => Strike(fault));
        }
    }

    public SimulatedWorld World { get; }

    public SimulatedCluster Cluster { get; }

    /// <summary>Has the group skip what its state machines cannot apply. There is one from when it is first needed.</summary>
    public Operator Operator => _operator ??= new Operator(World, Cluster);

    /// <summary>How many commands were sent that no state machine can apply.</summary>
    public int Poisons { get; set; }

    /// <summary>How often links were cut.</summary>
    public int Partitions { get; private set; }

    /// <summary>How often each kind of fault struck.</summary>
    public IReadOnlyDictionary<string, int> Struck => _struck;

    /// <summary>Lets something happen later, unless all faults have ended by then.</summary>
    public void Later(TimeSpan delay, Action action) => World.Schedule(delay, null, () =>
    {
        if (!_isOver)
        {
            action();
        }
    });

    /// <summary>
    /// Cuts links, and mends them later. Cuts may lie over one another: a link is whole when no cut lies on it.
    /// </summary>
    public void Cut(ImmutableArray<(ServerId From, ServerId To)> links, TimeSpan length)
    {
        Partitions++;
        foreach (var (from, to) in links)
        {
            Cluster.Network.Cut(from, to);
        }

        Later(length, () =>
        {
            foreach (var (from, to) in links)
            {
                Cluster.Network.Mend(from, to);
            }

            World.Note(World.Outside, "a cut is mended");
        });
    }

    /// <summary>Makes links slow, and quick again later. Delays add up.</summary>
    public void Slow(ImmutableArray<(ServerId From, ServerId To)> links, TimeSpan by, TimeSpan length)
    {
        foreach (var (from, to) in links)
        {
            Cluster.Network.AddDelay(from, to, by);
        }

        Later(length, () =>
        {
            foreach (var (from, to) in links)
            {
                Cluster.Network.AddDelay(from, to, -by);
            }
        });
    }

    /// <summary>
    /// Ends all faults: mends the links, wakes what is paused, starts what is down. Shutdowns that have begun still take
    /// their time.
    /// </summary>
    public void Stop()
    {
        _isOver = true;
        Cluster.StateMachineFaultRate = 0;
        Cluster.LongestDowntime = TimeSpan.FromSeconds(1);
        Cluster.Network.MendAll();
        Cluster.Network.Faults = new NetworkFaults();
        foreach (var server in Cluster.Servers)
        {
            if (server.Disk.IsForeign)
            {
                Cluster.ReturnDisk(server, TimeSpan.Zero);
            }

            server.Disk.Stall(0);
            server.Disk.FailingUntil = 0;
            server.Disk.Faults = new DiskFaults();
            if (server.Life is { } life)
            {
                life.PausedUntil = Math.Min(life.PausedUntil, World.Now);
                life.FrozenUntil = Math.Min(life.FrozenUntil, World.Now);
                life.SendsUntilCrash = 0;
            }

            if (SimulatedCluster.Observe(server) is { StoppedAt: > 0 })
            {
                // What ailed it has gone, or every server has the same. It would try again by itself, some time.
                Cluster.Crash(server);
            }

            server.DownUntil = 0;
            Cluster.Start(server);
        }
    }

    private void Strike(Fault fault)
    {
        _struck[fault.Kind] = _struck.GetValueOrDefault(fault.Kind) + 1;
        World.Trace.Mix((ulong)fault.Number);
        if (World.Trace.KeepsText)
        {
            World.Trace.Line(World.Now, "FAULT", fault.ToString().TrimStart());
        }

        fault.Strike(this);
    }
}
