using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

/// <summary>A server is asked to take a snapshot.</summary>
internal sealed record AskForSnapshot(ServerId Server) : Fault
{
    protected override string What => $"ask {Server} for a snapshot";

    public override void Strike(Nemesis nemesis) => nemesis.Cluster.TakeSnapshot(nemesis.Cluster.Server(Server));
}

/// <summary>
/// A chunk in a snapshot store is lost or damaged. One server of three voters or more has this: a snapshot must be left
/// somewhere, and a majority without this one, which does not campaign while it has no state, although its log may be the
/// longest.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="Where">Which of its chunks, and which byte, from 0 to 1.</param>
/// <param name="IsLost">Whether the chunk is gone; else a byte of it is another.</param>
internal sealed record SnapshotDamage(ServerId Server, double Where, bool IsLost) : Fault
{
    protected override string What => $"a chunk of a snapshot of {Server} is {(IsLost ? "lost" : "damaged")}";

    public override void Strike(Nemesis nemesis)
    {
        if (!nemesis.Cluster.HasLostDisk)
        {
            nemesis.Cluster.Server(Server).Disk.Snapshots.Damage(Where, IsLost);
        }
    }
}
