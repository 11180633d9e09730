using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// What a client asks its servers with: it goes to the one that was named to it as the leader, most often, and has each
/// answer traced.
/// </summary>
internal sealed class Caller(SimulatedWorld world, SimulatedCluster cluster, History history, string name, SeededRandom random)
{
    private ServerId _hint;

    /// <summary>Who leads, by what a server answered: who led once need not lead again.</summary>
    public static ServerId LeaderBy(object answer, ServerId asked) => answer switch
    {
        NotLeader refused => refused.LeaderId,
        RaftFailure => default,
        _ => asked,
    };

    /// <summary>Asks a server; the answer may come twice, late or never.</summary>
    public void Ask(IRaftRequest request, double followsHintRate, Action<object> onAnswer)
    {
        var id = history.NextId();
        var server = cluster.ServerFor(_hint, followsHintRate, random);
        Note($"asks {server.Id} {MessageText.Of(request)}");
        cluster.Network.Request(
            server,
            request,
            new ClientRef(world, cluster.Network, $"{name}-{id}", Receive),
            life => history.Arrived(id, life, request));

        void Receive(object answer)
        {
            Note($"<- {MessageText.Of(answer)} to {MessageText.Of(request)}");
            history.Answered(id);
            _hint = LeaderBy(answer, server.Id);
            onAnswer(answer);
        }
    }

    private void Note(string text)
    {
        if (world.Trace.KeepsText)
        {
            world.Trace.Line(world.Now, name, text);
        }
    }
}
