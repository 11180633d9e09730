using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Actors that a server needs and that somebody in its process has stopped.</summary>
public sealed class EndedActorsTests(ITestOutputHelper output) : ClusterTest(output)
{
    /// <summary>What is told to a dead actor is neither written nor refused: the node would wait for it for ever.</summary>
    [Fact]
    public async Task A_server_whose_journal_was_stopped_says_that_only_a_restart_of_the_process_helps()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        Sys.Stop(Persistence.Instance.Apply(Sys).JournalFor(leader.Settings.Journal.Plugin));
        await Eventually(async () =>
        {
            var answer = Assert.IsType<Unavailable>(await Ask<object>(leader, new GetStatus()));
            Assert.True(answer.OnlyRestartHelps);
            Assert.Contains("only a restart of the process", answer.Reason, StringComparison.Ordinal);
        });
        var others = Servers.Where(server => server != leader).ToArray();
        await Apply(await LeaderAmong(others), "b");
        Assert.IsType<Unavailable>(await Ask<object>(leader, new Apply(Bytes("c"))));
        Assert.IsType<ShutdownComplete>(await Ask<object>(leader, new Shutdown()));
    }

    [Fact]
    public async Task A_server_whose_state_machine_was_stopped_makes_another()
    {
        StartCluster(1);
        var server = await Leader();
        await Apply(server, "a");
        Sys.ActorSelection(server.Supervisor.Path / RaftSupervisor.NodeName / "state-machine").Tell(PoisonPill.Instance);
        await Eventually(async () => Assert.IsType<Applied>(await Ask<object>(server, new Apply(Bytes("b")))));
        Assert.Equal(["a", "b"], server.Applied.Distinct());
    }
}
