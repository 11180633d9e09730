using Akka.Actor;
using Raft.Actors.Model;
using Raft.Simulation.Journal;
using Raft.Simulation.Registers;
using Raft.Simulation.World;

namespace Raft.Simulation.Servers;

/// <summary>A server: its disk, while it is not replaced, and its clock outlive its lives.</summary>
internal sealed class SimulatedServer(ServerId id, double clockRate)
{
    private readonly List<SimulatedDisk> _disks = [];

    public ServerId Id => id;

    /// <summary>The disk that it has now.</summary>
    public SimulatedDisk Disk => _disks[^1];

    /// <summary>The disks that it has had.</summary>
    public IEnumerable<SimulatedDisk> AllDisks => _disks;

    /// <summary>How many disks it has had.</summary>
    public int Disks => _disks.Count;

    /// <summary>The disk that it had before, if it had another.</summary>
    public SimulatedDisk? EarlierDisk => _disks.Count > 1 ? _disks[^2] : null;

    public double ClockRate => clockRate;

    public TimeSpan ClockOffset { get; set; }

    /// <summary>Its present life, or the last one.</summary>
    public Life? Life { get; set; }

    public int Lives { get; set; }

    /// <summary>The version of commands that its state machine supports, from its next life on.</summary>
    public int SupportedVersion { get; set; }

    /// <summary>Its present state machine, or the last one.</summary>
    public RegisterMachine? StateMachine { get; set; }

    /// <summary>Whether its state machine can apply what others throw at.</summary>
    public bool TakesPoison { get; set; }

    /// <summary>How often it moved to another address.</summary>
    public int Moves { get; set; }

    /// <summary>Where it is reached now.</summary>
    public string Address => $"akka.tcp://raft@{id}:{4053 + Moves}";

    /// <summary>The same, as Akka has it.</summary>
    public Address AkkaAddress => new("akka.tcp", "raft", id.Value, 4053 + Moves);

    public bool IsUp => Life is { IsAlive: true };

    /// <summary>Below this time it is not started again.</summary>
    public long DownUntil { get; set; }

    /// <summary>When it got the disk that it has; a loss is not seen by its leader at once.</summary>
    public long MountedAt { get; private set; } = long.MinValue / 2;

    /// <summary>Gives it a disk; one that it had before comes back.</summary>
    public void Mount(SimulatedDisk disk, long now)
    {
        MountedAt = now;
        _disks.Remove(disk);
        _disks.Add(disk);
    }

    /// <summary>
    /// The disk with the journal that a configuration knows the server by, in the server or lost; the one that it has where
    /// none is known.
    /// </summary>
    public SimulatedDisk? DiskOf(JournalIdentity journal) =>
        journal.IsNone ? Disk : _disks.Find(disk => disk.Durable.Journal == journal);

    /// <summary>Its wall clock is set to another time; its monotonic clock knows nothing of it.</summary>
    public void StepClock(TimeSpan by)
    {
        ClockOffset += by;
        if (Life is { } life)
        {
            life.ClockOffset = ClockOffset;
        }
    }
}
