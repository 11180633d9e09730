using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// Reads by lease, again and again, from each server that takes itself for the leader: so that the moments are hit in which
/// there are two of them, which other clients seldom do. What it reads must be no older than what was acknowledged before it
/// asked.
/// </summary>
internal sealed class LeaseReader
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    private readonly SimulatedWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly History _history;
    private readonly SeededRandom _random;
    private bool _isFinished;

    public LeaseReader(SimulatedWorld world, SimulatedCluster cluster, History history)
    {
        _world = world;
        _cluster = cluster;
        _history = history;
        _random = SeededRandom.Stream(world.Seed, "lease reader");
        Act();
    }

    public void Finish() => _isFinished = true;

    private void Act()
    {
        if (_isFinished)
        {
            return;
        }

        foreach (var server in _cluster.Servers.Where(
            static server => SimulatedCluster.Observe(server) is { Role: RaftRole.Leader }))
        {
            Ask(server);
        }

        _world.Schedule(_random.Around(Pause) + TimeSpan.FromTicks(1), null, Act);
    }

    private void Ask(SimulatedServer server)
    {
        var id = _history.NextId();
        var acknowledged = _history.LastAcknowledged;
        var read = new Read((ReadOnlyMemory<byte>)BitConverter.GetBytes(0), ReadConsistency.Lease);
        var address = new ClientRef(_world, _cluster.Network, $"lease-{id}", answer =>
        {
            _history.Answered(id);
            if (answer is ReadResult result && result.Index < acknowledged)
            {
                _history.Report(
                    $"a lease read of {server.Id} was answered from entry {result.Index}, but entry {acknowledged} was "
                        + $"acknowledged before it was called");
            }
        }, () => _history.Said(id));
        _cluster.Network.Request(server, read, address, life => _history.Arrived(id, life, read));
    }
}
