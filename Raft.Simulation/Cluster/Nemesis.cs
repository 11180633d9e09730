using Raft.Actors.Protocol;
using Raft.Simulation.Journal;
using Raft.Simulation.Network;
using Raft.Simulation.World;

namespace Raft.Simulation.Cluster;

/// <summary>What can be done to a group.</summary>
internal enum NemesisKind
{
    /// <summary>A server dies between two messages.</summary>
    Crash,

    /// <summary>A server dies in the middle of a handler, after some of what it had to say was sent.</summary>
    CrashWhileSending,

    /// <summary>A server dies again and again, each time shortly after its start.</summary>
    CrashLoop,

    /// <summary>All servers die at once.</summary>
    PowerFailure,

    /// <summary>Whoever leads dies, or is cut off.</summary>
    LeaderHunt,

    /// <summary>A server stops in good order and is started again.</summary>
    Restart,

    /// <summary>The servers fall into two groups that do not reach each other.</summary>
    Partition,

    /// <summary>Some links are cut, in one direction each.</summary>
    OneWayCuts,

    /// <summary>A server is stopped and goes on later, with all that came in the meantime.</summary>
    Pause,

    /// <summary>A disk does nothing for a while.</summary>
    DiskStall,

    /// <summary>A disk fails with each write and read for a while.</summary>
    DiskFailure,

    /// <summary>A wall clock jumps.</summary>
    ClockJump,
}

/// <summary>Does to a group what its seed has in store for it, until it is told to stop.</summary>
internal sealed class Nemesis
{
    private readonly SimulatedWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly SeededRandom _random;
    private bool _isOver;
    private long _cutsUntil;

    public Nemesis(SimulatedWorld world, SimulatedCluster cluster, Swarm swarm)
    {
        _world = world;
        _cluster = cluster;
        _random = SeededRandom.Stream(world.Seed, "nemesis");
        foreach (var kind in Enum.GetValues<NemesisKind>())
        {
            if (swarm.Nemeses.TryGetValue(kind, out var interval))
            {
                Strike(kind, interval);
            }
        }
    }

    public int Partitions { get; private set; }

    /// <summary>Ends all faults: mends the links, wakes what is paused, starts what is down. Shutdowns that have begun still take their time.</summary>
    public void Stop()
    {
        _isOver = true;
        _cluster.StateMachineFaultRate = 0;
        _cluster.Network.Mend();
        _cluster.Network.Faults = new NetworkFaults();
        foreach (var server in _cluster.Servers)
        {
            server.Disk.StalledUntil = 0;
            server.Disk.FailingUntil = 0;
            server.Disk.Faults = new DiskFaults();
            if (server.Life is { } life)
            {
                life.PausedUntil = 0;
                life.SendsUntilCrash = 0;
            }

            server.DownUntil = 0;
            _cluster.Start(server);
        }
    }

    private void Strike(NemesisKind kind, TimeSpan interval) => _world.Schedule(_random.Around(interval), null, () =>
    {
        if (!_isOver)
        {
            Strike(kind);
            Strike(kind, interval);
        }
    });

    private void Strike(NemesisKind kind)
    {
        var victim = _cluster.Servers[_random.Next(_cluster.Servers.Count)];
        switch (kind)
        {
            case NemesisKind.Crash:
                _cluster.Crash(victim);
                break;
            case NemesisKind.CrashWhileSending when victim.IsUp:
                victim.Life!.SendsUntilCrash = 1 + _random.Next(20);
                break;
            case NemesisKind.CrashLoop:
                CrashLoop(victim, 2 + _random.Next(5));
                break;
            case NemesisKind.PowerFailure when _random.Chance(0.5):
                _cluster.Servers.ForEach(_cluster.Crash);
                break;
            case NemesisKind.LeaderHunt:
                HuntLeader();
                break;
            case NemesisKind.Restart:
                _cluster.ShutDown(victim);
                break;
            case NemesisKind.Partition:
                Partition();
                break;
            case NemesisKind.OneWayCuts:
                CutSome();
                break;
            case NemesisKind.Pause when victim.IsUp:
                victim.Life!.PausedUntil = _world.Now + Seconds(0.05, 8).Ticks;
                _world.Note(victim.Life, "pauses");
                break;
            case NemesisKind.DiskStall:
                victim.Disk.StalledUntil = _world.Now + Seconds(0.05, _random.Chance(0.2) ? 15 : 4).Ticks;
                _world.Note(victim.Life!, "has a disk that stalls");
                break;
            case NemesisKind.DiskFailure:
                victim.Disk.FailingUntil = _world.Now + Seconds(0.05, 3).Ticks;
                _world.Note(victim.Life!, "has a disk that fails");
                break;
            case NemesisKind.ClockJump when victim.IsUp:
                victim.ClockOffset += Seconds(-10, 10);
                victim.Life!.ClockOffset = victim.ClockOffset;
                break;
        }
    }

    private void CrashLoop(SimulatedServer server, int times)
    {
        if (times == 0 || _isOver)
        {
            return;
        }

        _cluster.Crash(server);
        _world.Schedule(Seconds(0.001, 0.5), null, () =>
        {
            if (!_isOver)
            {
                _cluster.Start(server);
                CrashLoop(server, times - 1);
            }
        });
    }

    private void HuntLeader()
    {
        var leader = _cluster.Servers.Find(static server => SimulatedCluster.Observe(server) is { Role: RaftRole.Leader });
        if (leader is null)
        {
            return;
        }

        if (_random.Chance(0.5))
        {
            _cluster.Crash(leader);
            return;
        }

        foreach (var other in _cluster.Servers)
        {
            if (other != leader)
            {
                _cluster.Network.Cut(leader.Id, other.Id);
                if (_random.Chance(0.7))
                {
                    _cluster.Network.Cut(other.Id, leader.Id);
                }
            }
        }

        _world.Note(leader.Life!, "is cut off as the leader");
        MendLater();
    }

    private void Partition()
    {
        var isLeft = _cluster.Servers.ConvertAll(_ => _random.Chance(0.5));
        for (var i = 0; i < isLeft.Count; i++)
        {
            for (var j = 0; j < isLeft.Count; j++)
            {
                if (isLeft[i] != isLeft[j])
                {
                    _cluster.Network.Cut(_cluster.Servers[i].Id, _cluster.Servers[j].Id);
                }
            }
        }

        _world.Note(_world.Outside, $"partition: {string.Join(' ', _cluster.Servers.Where((_, index) => isLeft[index]).Select(static server => server.Id))} | the others");
        MendLater();
    }

    private void CutSome()
    {
        foreach (var from in _cluster.Servers)
        {
            foreach (var to in _cluster.Servers)
            {
                if (from != to && _random.Chance(0.3))
                {
                    _cluster.Network.Cut(from.Id, to.Id);
                    _world.Note(_world.Outside, $"cut: {from.Id} to {to.Id}");
                }
            }
        }

        MendLater();
    }

    /// <summary>Cuts lie over one another; all are mended when the last of them is over.</summary>
    private void MendLater()
    {
        Partitions++;
        var length = Seconds(0.1, _random.Chance(0.2) ? 20 : 5);
        _cutsUntil = Math.Max(_cutsUntil, _world.Now + length.Ticks);
        _world.Schedule(length, null, () =>
        {
            if (_cutsUntil <= _world.Now)
            {
                _cluster.Network.Mend();
                _world.Note(_world.Outside, "all links are mended");
            }
        });
    }

    private TimeSpan Seconds(double low, double high) => _random.Between(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high));
}
