using System.Collections.Concurrent;
using Akka.Actor;
using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Actors.Watching;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Watching;

/// <summary>Watching a real group while its servers come and go.</summary>
public sealed class WatchClusterTests(ITestOutputHelper output) : ClusterTest(output)
{
    private readonly ConcurrentDictionary<ServerId, ChangeFeed> _feeds = [];

    private int _maxBytes = 1_000_000;

    protected override ChangeFeed? ChangesOf(ServerId server) => _feeds[server] = new ChangeFeed(_maxBytes);

    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) =>
        new TellingMachine(new RecordingStateMachine(applied), _feeds[server]);

    [Fact]
    public async Task A_subscriber_sees_every_change_once_and_in_order_while_servers_are_killed()
    {
        StartCluster(3);
        var client = StartClient();
        var subscriber = CreateTestProbe("subscriber");
        client.Watch(subscriber, 1);
        var seen = new List<KeyChange>();
        var watching = Task.Run(async () =>
        {
            while (seen.Count == 0 || Text(seen[^1].Value!.Value) != "last")
            {
                if (await subscriber.ReceiveOneAsync(Patience) is KeysChanged changed)
                {
                    seen.AddRange(changed.Changes);
                    subscriber.LastSender.Tell(new ContinueWatch());
                }
            }
        });
        var streamed = StreamAsync(client, "last");
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 30; number++)
            {
                await client.ApplyAsync(Bytes($"c{round}-{number}"), TimeSpan.FromSeconds(60));
            }

            var leader = await Leader();
            await StopAsync(leader);
            await Leader();
            StartServer(leader.Settings);
        }

        await client.ApplyAsync(Bytes("last"), TimeSpan.FromSeconds(60));
        await watching.WaitAsync(Patience);
        var applied = await Settled();
        Assert.Equal(applied[..^1], seen.Select(static change => Text(change.Value!.Value)));
        Assert.Equal(seen.Select(static change => change.Index).Order().Distinct(), seen.Select(static change => change.Index));
        Assert.Equal(seen.Select(static change => change.Index), await streamed.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_watch_from_now_on_begins_after_all_that_is_committed_even_on_a_server_that_has_just_started()
    {
        StartCluster(3);
        var leader = await Leader();
        for (var number = 0; number < 20; number++)
        {
            await Apply(leader, $"c{number}");
        }

        var committed = (await StatusOf(leader)).CommitIndex;
        var server = Servers.First(other => other != leader);
        await StopAsync(server);

        // It hears of a leader, and not yet of what is committed: by its own knowledge all is still to come.
        Network.Drop(message => message is AppendEntries && message.Header.To == server.Id);
        server = StartServer(server.Settings);
        await Eventually(async () => Assert.Equal(leader.Id, Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus())).LeaderId));
        var asked = Ask<object>(server, new ReadChanges(0, default));
        Assert.True((await StatusOf(server)).CommitIndex < committed);
        Network.Heal();
        var next = Assert.IsType<ChangesRead>(await asked).Next;
        Assert.True(next > committed, $"from {next} on, and {committed} was committed before");

        await Apply(leader, "new");
        var read = await Ask<ChangesRead>(server, new ReadChanges(next, default) { Wait = Patience });
        Assert.Equal("new", Text(read.Changes[0].Value!.Value));
    }

    [Fact]
    public async Task A_fault_of_the_changes_actor_is_reported_to_readers_and_does_not_end_it()
    {
        StartCluster(1);
        var leader = await Leader();
        var waiting = Ask<object>(leader, new ReadChanges(100, default) { Wait = TimeSpan.FromSeconds(60) });
        await Ask<ChangesRead>(leader, new ReadChanges(0, default));
        Sys.ActorSelection(leader.Supervisor.Path / ChangesActor.Name).Tell(Kill.Instance);
        Assert.IsType<ShuttingDown>(await waiting);
        await Eventually(async () => Assert.IsType<ChangesRead>(await leader.Supervisor.Ask<object>(new ReadChanges(0, default), TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public async Task A_subscriber_that_asks_for_forgotten_changes_is_told_so_and_goes_on()
    {
        _maxBytes = 2000;
        StartCluster(3);
        var client = StartClient();
        for (var number = 0; number < 100; number++)
        {
            await client.ApplyAsync(Bytes($"c{number}"), TimeSpan.FromSeconds(20));
        }

        var subscriber = CreateTestProbe("subscriber");
        client.Watch(subscriber, 1);
        await subscriber.ExpectMsgAsync<WatchStarted>();
        var ended = await subscriber.ExpectMsgAsync<WatchEnded>();
        Assert.Equal(WatchEnd.Forgotten, ended.End);
        var refused = await Assert.ThrowsAsync<RaftRequestException>(() => StreamAsync(client, "none"));
        Assert.IsType<ChangesForgotten>(refused.Failure);

        // As the answer says: read the state, and watch from behind its index.
        var state = await client.ReadAsync(new ReadOnlyMemory<byte>(Bytes("all")));
        client.Watch(subscriber, state.Index + 1);
        await client.ApplyAsync(Bytes("next"), TimeSpan.FromSeconds(20));
        await subscriber.ExpectMsgAsync<WatchStarted>();
        Assert.Equal("next", Text((await subscriber.ExpectMsgAsync<KeysChanged>()).Changes[0].Value!.Value));
    }

    private static async Task<long[]> StreamAsync(RaftClient client, string last)
    {
        var indexes = new List<long>();
        await foreach (var change in client.WatchAsync(1))
        {
            indexes.Add(change.Index);
            if (Text(change.Value!.Value) == last)
            {
                break;
            }
        }

        return [.. indexes];
    }

    private RaftClient StartClient()
    {
        var settings = new RaftClientSettings
        {
            Group = "test",
            Contacts = [.. ConfigurationOf(3).Servers.Select(static server => server.Address)],
            AttemptTimeout = TimeSpan.FromMilliseconds(700),
        };
        return new RaftClient(Sys.ActorOf(RaftClientActor.Props(
            settings,
            address => Servers.FirstOrDefault(server => address.Contains(server.Id.Value, StringComparison.Ordinal))?.Supervisor ?? Sys.DeadLetters,
            7)));
    }

    /// <summary>Tells a feed of each command, as a change of one key.</summary>
    private sealed class TellingMachine(IStateMachine inner, ChangeFeed feed) : IStateMachine, IRestoreObserver
    {
        public object? Apply(in Command command)
        {
            var result = inner.Apply(in command);
            feed.Applied(command.Index, new KeyChange(command.Index, new byte[] { 1 }, command.Bytes.ToArray()));
            return result;
        }

        public object? Query(object query) => inner.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => inner.TakeSnapshot();

        public IStateMachineRestore BeginRestore() => inner.BeginRestore();

        public void OnRestored(long index) => feed.Restored(index);
    }
}
