using System.Collections.Concurrent;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>State machines that throw, that are slow, that take batches, and what their results may be.</summary>
public sealed class StateMachineTests(ITestOutputHelper output) : ClusterTest(output)
{
    private readonly Gate _gate = new();
    private readonly ConcurrentDictionary<ServerId, int> _lives = new();
    private readonly ConcurrentQueue<long> _batches = new();
    private Func<ServerId, int, IStateMachine, IStateMachine> _make = static (_, _, machine) => machine;
    private Func<string, object?>? _resultOf;
    private Func<string, object?>? _answerOf;
    private TimeSpan? _timeout;

    protected override RaftSettings SettingsOf(int number, int size)
    {
        var settings = base.SettingsOf(number, size) with { StateMachineDispatcher = "raft.state-machine-dispatcher" };
        return _timeout is not { } timeout
            ? settings
            : settings with { HeartbeatTimeout = timeout, ElectionTimeout = timeout, LeaderLeaseTimeout = timeout };
    }

    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied)
    {
        var life = _lives.AddOrUpdate(server, 1, static (_, lives) => lives + 1);
        return _make(server, life, new TestStateMachine(applied)
        {
            BeforeApply = _ => _gate.Pass(),
            ResultOf = _resultOf,
            AnswerOf = _answerOf,
            OnBatch = indexes => indexes.ToList().ForEach(_batches.Enqueue),
        });
    }

    [Fact]
    public async Task A_command_that_throws_stops_every_replica_at_its_entry_and_none_skips_it()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "a");
        await EveryoneApplied("a");
        var poison = Send(leader, "throw");
        var behind = Send(leader, "behind");
        var failure = Assert.IsType<StateMachineFailed>(await AnswerTo(poison));
        Assert.Equal(Outcome.Unknown, failure.Outcome);
        Assert.Contains("the test's state machine throws", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Outcome.Unknown, Assert.IsAssignableFrom<RaftFailure>(await AnswerTo(behind)).Outcome);

        // Each replica comes back, applies the log again, and fails at the same place, for as long as the software is as it is.
        await Eventually(() =>
        {
            Assert.All(Servers, server => Assert.True(_lives[server.Id] >= 2, $"{server.Id} is in its life {_lives[server.Id]}"));
            return Task.CompletedTask;
        });
        foreach (var server in Servers)
        {
            await Eventually(async () => Assert.Equal(
                (failure.Index, "the test's state machine throws"),
                (await Ask<object>(server, new GetStatus()) as RaftStatus)?.Failure is { } failed ? (failed.Index, failed.Reason) : default));
            Assert.DoesNotContain("behind", server.Applied);
        }
    }

    [Fact]
    public async Task A_replica_that_throws_by_itself_comes_back_equal_to_the_others()
    {
        _make = static (server, life, machine) => server == Id(2) && life == 1 ? new ThrowsAt("c5", machine) : machine;
        StartCluster(3);
        var commands = Enumerable.Range(0, 10).Select(static number => $"c{number}").ToArray();
        foreach (var command in commands)
        {
            await Eventually(async () =>
            {
                if (!Servers.Any(server => server.Applied.Contains(command)))
                {
                    Assert.IsType<Applied>(await Ask<object>(await Leader(), new Apply(Bytes(command))));
                }
            });
        }

        await Eventually(() =>
        {
            Assert.All(Servers, server => Assert.Equal(commands, server.Applied.Distinct()));
            return Task.CompletedTask;
        });
        Assert.True(_lives[Id(2)] >= 2);
        Assert.Equal(Servers[0].Applied.AsEnumerable(), Servers[1].Applied.AsEnumerable());
    }

    [Fact]
    public async Task A_factory_that_throws_is_tried_again_and_its_reason_is_told()
    {
        var broken = false;
        _make = (server, _, machine) => server == Id(3) && Volatile.Read(ref broken) ? throw new InvalidOperationException("the test's factory throws") : machine;
        StartCluster(3);
        await Leader();
        Volatile.Write(ref broken, true);
        await StopAsync(this[3]);
        StartServer(SettingsOf(3, 3));
        await Apply(await LeaderAmong(this[1], this[2]), "a");
        await Eventually(async () => Assert.Contains(
            "the test's factory throws",
            Assert.IsType<Unavailable>(await Ask<object>(this[3], new GetStatus())).Reason,
            StringComparison.Ordinal));
        Volatile.Write(ref broken, false);
        await EveryoneApplied("a");
    }

    [Fact]
    public async Task Batches_bring_every_command_once_and_in_order()
    {
        StartServer(SettingsOf(1, 1) with { StateMachineMaxBatchSize = 16 });
        var leader = await Leader();
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(number => Apply(leader, $"c{number}")));
        Assert.Equal(answers.Select(static answer => answer.Index), _batches);
        Assert.Equal(Enumerable.Range(0, 500).Select(static number => $"applied c{number}"), answers.Select(static answer => Text(answer.Result)));
    }

    [Fact]
    public async Task A_slow_state_machine_costs_no_election()
    {
        _timeout = TimeSpan.FromSeconds(2);
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        _gate.Close();
        var slow = Send(leader, "slow");
        await Eventually(() =>
        {
            Assert.Equal(3, _gate.Waiting);
            return Task.CompletedTask;
        });

        // It is held for many heartbeats on end; then the term is the same, and more could be committed all the time.
        Network.Records = static message => message is HeartbeatResponse;
        await Eventually(() =>
        {
            Assert.True(Network.Delivered.Count > 60, $"{Network.Delivered.Count} answers to heartbeats");
            return Task.CompletedTask;
        });
        var behind = Send(leader, "behind");
        await Eventually(async () => Assert.True((await StatusOf(leader)).CommitIndex > (await StatusOf(leader)).LastApplied + 1));
        Assert.Empty(slow.Answers);
        Assert.Equal((term, RaftRole.Leader), ((await StatusOf(leader)).Term, (await StatusOf(leader)).Role));

        _gate.Open();
        Assert.IsType<Applied>(await AnswerTo(slow));
        Assert.IsType<Applied>(await AnswerTo(behind));
        await EveryoneApplied("slow", "behind");
    }

    [Fact]
    public async Task A_query_that_throws_is_reported_to_its_client_and_harms_nothing()
    {
        _answerOf = static query => query == "bad" ? throw new InvalidOperationException("a bad query") : Bytes("good");
        StartCluster(1);
        var leader = await Leader();
        foreach (var consistency in Enum.GetValues<ReadConsistency>())
        {
            var failure = Assert.IsType<StateMachineFailed>(await Ask<object>(leader, new Read(Bytes("bad"), consistency)));
            Assert.Equal((0, Outcome.NotDone), (failure.Index, failure.Outcome));
            Assert.Contains("a bad query", failure.Message, StringComparison.Ordinal);
            Assert.Equal("good", Text((await Ask<ReadResult>(leader, new Read(Bytes("ok"), consistency))).Result));
        }

        Assert.Equal(1, _lives[leader.Id]);
    }

    [Fact]
    public async Task A_result_may_be_null_bytes_or_an_object()
    {
        _resultOf = static command => command switch
        {
            "null" => null,
            "number" => 42L,
            "memory" => new ReadOnlyMemory<byte>([1, 2]),
            _ => Bytes(command),
        };
        StartCluster(1);
        var leader = await Leader();
        Assert.Null((await Apply(leader, "null")).Result);
        Assert.Equal(42L, (await Apply(leader, "number")).Result);
        Assert.Equal([1, 2], Assert.IsType<ReadOnlyMemory<byte>>((await Apply(leader, "memory")).Result).ToArray());
        Assert.Equal("bytes", Text((await Apply(leader, "bytes")).Result));
    }

    /// <summary>A fault of one replica alone, such as a full disk of its own.</summary>
    private sealed class ThrowsAt(string text, IStateMachine inner) : IStateMachine
    {
        public object? Apply(in Command command) =>
            Text(command.Bytes) == text ? throw new IOException("the test's replica throws by itself") : inner.Apply(in command);

        public object? Query(object query) => inner.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => inner.TakeSnapshot();

        public IStateMachineRestore BeginRestore() => inner.BeginRestore();
    }
}
