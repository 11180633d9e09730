using Akka.Actor;
using Raft.Actors.Membership;
using Raft.Simulation.Clients;
using Raft.Simulation.Journal;
using Raft.Simulation.World;

namespace Raft.Simulation.Cluster;

/// <summary>A server: its disk and its clock outlive its lives.</summary>
internal sealed class SimulatedServer(ServerId id, SimulatedDisk disk, double clockRate)
{
    public ServerId Id => id;

    public SimulatedDisk Disk => disk;

    public double ClockRate => clockRate;

    public TimeSpan ClockOffset { get; set; }

    /// <summary>Its present life, or the last one.</summary>
    public Life? Life { get; set; }

    public int Lives { get; set; }

    /// <summary>Its present state machine, or the last one.</summary>
    public RegisterMachine? StateMachine { get; set; }

    /// <summary>How often it moved to another address.</summary>
    public int Moves { get; set; }

    /// <summary>Where it is reached now.</summary>
    public string Address => $"akka.tcp://raft@{id}:{4053 + Moves}";

    /// <summary>The same, as Akka has it.</summary>
    public Address AkkaAddress => new("akka.tcp", "raft", id.Value, 4053 + Moves);

    public bool IsUp => Life is { IsAlive: true };

    /// <summary>Below this time it is not started again.</summary>
    public long DownUntil { get; set; }

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
