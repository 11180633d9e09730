using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Simulation.Faults;

/// <summary>
/// A server is asked to leave it to another to begin a group. One that has state refuses; one that waits to be added keeps
/// its word, through crashes, and joins all the same.
/// </summary>
/// <param name="Server">Who is asked.</param>
/// <param name="Coordinator">To whom it is to leave it.</param>
internal sealed record Pledge(ServerId Server, ServerId Coordinator) : Fault
{
    protected override string What => $"{Coordinator} asks {Server} for its pledge";

    public override void Strike(Nemesis nemesis)
    {
        var servers = new[] { Server, Coordinator }.Distinct().Select(id => new Server(id, nemesis.Cluster.Server(id).Address));
        nemesis.Cluster.Ask(nemesis.Cluster.Server(Server), new PledgeBootstrap(Coordinator, new Configuration([.. servers])));
    }
}
