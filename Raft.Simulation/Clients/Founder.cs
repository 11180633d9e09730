using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// Has servers that know of no group begin one, as discovery does (bootstrap-expect): each pledges itself to the first of
/// them, which begins the group once all have. Nobody else may begin anything; it asks until something is committed.
/// </summary>
internal sealed class Founder
{
    private readonly SimulatedWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly SeededRandom _random;
    private readonly HashSet<ServerId> _pledged = [];

    public Founder(SimulatedWorld world, SimulatedCluster cluster)
    {
        _world = world;
        _cluster = cluster;
        _random = SeededRandom.Stream(world.Seed, "founder");
        Act();
    }

    private Configuration Configuration => _cluster.Configuration;

    private ServerId Coordinator => Configuration.Servers[0].Id;

    private void Act()
    {
        // Not as soon as it is refused for having begun: it may lose what it has not written yet.
        if (_cluster.Rules.Committed > 0)
        {
            return;
        }

        if (_pledged.Count < Configuration.Servers.Length)
        {
            foreach (var server in Configuration.Servers)
            {
                Ask(server.Id, new PledgeBootstrap(Coordinator, Configuration));
            }
        }
        else
        {
            Ask(Coordinator, new Bootstrap(Configuration));
        }

        _world.Schedule(_random.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)), null, Act);
    }

    private void Ask(ServerId server, IRaftRequest request) => _cluster.Network.Request(
        _cluster.Server(server), request, new ClientRef(_world, _cluster.Network, $"founder-{server}", Receive), static _ => { });

    private void Receive(object answer)
    {
        if (_world.Trace.KeepsText)
        {
            _world.Trace.Line(_world.Now, "founder", $"<- {answer}");
        }

        if (answer is BootstrapPledged pledged)
        {
            _pledged.Add(pledged.ServerId);
        }
    }
}
