using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A node that restarts within its process is still reached by its peers, over the real Akka.Remote.</summary>
public sealed class RestartedNodeTests(ITestOutputHelper output) : TestKit(Config.Empty, "watcher", output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_node_whose_journal_failed_follows_again()
    {
        var systems = Enumerable.Range(1, 3).Select(static number => ActorSystem.Create("raft", $$"""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            }
            {{FaultyJournal.Control.PluginConfig($"n{number}")}}
            {{TestSnapshotStore.Control.PluginConfig($"n{number}")}}
            """)).ToArray();
        try
        {
            var configuration = new Configuration([.. systems.Select(static (system, index) =>
                new Server(new ServerId($"n{index + 1}"), ((ExtendedActorSystem)system).Provider.DefaultAddress.ToString()))]);
            var rafts = systems.Select((system, index) => RaftExtension.Get(system).Start(
                new RaftSettings
                {
                    Group = "test",
                    ServerId = new ServerId($"n{index + 1}"),
                    InitialConfiguration = configuration,
                    Journal = new JournalSettings { Plugin = $"test-journal.n{index + 1}" },
                    Snapshots = new SnapshotSettings { Plugin = $"test-snapshots.n{index + 1}" },
                },
                static () => new RecordingStateMachine(new ConcurrentQueue<string>()))).ToArray();
            var victim = 0;
            await AwaitAssertAsync(
                async () =>
                {
                    var views = await Task.WhenAll(rafts.Select(StatusOf));
                    Assert.False(Assert.Single(views.Select(static view => view.LeaderId).Distinct()).IsNone);
                    victim = Array.FindIndex(views, static view => view.Role == RaftRole.Follower);
                },
                Patience);

            // Akka.Remote remembers, on each of its threads, which actor a path meant: let all of them have seen the node.
            var leader = rafts[
                Array.FindIndex(await Task.WhenAll(rafts.Select(StatusOf)), static view => view.Role == RaftRole.Leader)];
            for (var i = 0; i < 500; i++)
            {
                await leader.Ask<object>(new Apply(new byte[] { 1 }), Patience);
            }

            var journal = FaultyJournal.Control.Of(systems[victim], $"n{victim + 1}");
            journal.Break(JournalFault.Fail);
            await AwaitAssertAsync(
                async () =>
                {
                    Array.ForEach(rafts, static raft => raft.Tell(new Apply(new byte[] { 1 })));
                    Assert.IsType<Unavailable>(await rafts[victim].Ask<object>(new GetStatus(), Patience));
                },
                Patience);
            journal.Heal();

            await AwaitAssertAsync(
                async () =>
                {
                    var views = await Task.WhenAll(rafts.Select(StatusOf));
                    Assert.False(views[victim].LeaderId.IsNone);
                    Assert.Equal(views.Max(static view => view.CommitIndex), views[victim].CommitIndex);
                },
                Patience);
        }
        finally
        {
            await Task.WhenAll(systems.Select(static system => system.Terminate()));
        }
    }

    private static async Task<RaftStatus> StatusOf(IActorRef raft) =>
        Assert.IsType<RaftStatus>(await raft.Ask<object>(new GetStatus(), Patience));
}
