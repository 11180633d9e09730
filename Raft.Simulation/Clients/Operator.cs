using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// Looks at the leader now and then. Where its state machine has stopped at an entry, it asks to have that skipped, until it
/// is.
/// </summary>
internal sealed class Operator
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly SimulatedWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly SeededRandom _random;
    private long _asked;

    public Operator(SimulatedWorld world, SimulatedCluster cluster)
    {
        _world = world;
        _cluster = cluster;
        _random = SeededRandom.Stream(world.Seed, "operator");
        Act();
    }

    public void Ask(SimulatedServer server, IRaftRequest request) => _cluster.Network.Request(
        server, request, new ClientRef(_world, _cluster.Network, $"operator-{++_asked}", Receive), static _ => { });

    private void Act()
    {
        if (_cluster.Leader is { } leader
            && SimulatedCluster.Observe(leader) is { StoppedAt: > 0 } stopped
            && stopped.Log.TermAt(stopped.StoppedAt) is { } term)
        {
            Ask(leader, new SkipEntry(stopped.StoppedAt, term));
        }

        _world.Schedule(_random.Around(Pause) + TimeSpan.FromTicks(1), null, Act);
    }

    private void Receive(object answer)
    {
        if (_world.Trace.KeepsText)
        {
            _world.Trace.Line(_world.Now, "operator", $"<- {answer}");
        }
    }
}
