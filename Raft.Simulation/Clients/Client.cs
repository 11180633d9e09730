using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.Registers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// A client that asks one thing after the other: waits for the answer or loses patience, learns from the answer where
/// the leader is, and goes on with something new, for nobody may repeat a command whose outcome is open.
/// </summary>
internal sealed class Client : ISimulatedClient
{
    private readonly SimulatedWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly ClientLoad _load;
    private readonly History _history;
    private readonly SeededRandom _random;
    private readonly SeededRandom _reads;
    private readonly int _number;
    private ServerId _hint;
    private long _waitingFor;
    private bool _isFinishing;

    public Client(SimulatedWorld world, SimulatedCluster cluster, ClientLoad load, History history, int number)
    {
        _world = world;
        _cluster = cluster;
        _load = load;
        _history = history;
        _number = number;
        _random = SeededRandom.Stream(world.Seed, $"client {number}");
        _reads = SeededRandom.Stream(world.Seed, $"reads of client {number}");
        ThinkThen();
    }

    public bool IsFinished { get; private set; }

    public string Waits =>
        _waitingFor == 0 ? $"client {_number} waits for nothing" : $"client {_number} waits for operation {_waitingFor}";

    public void Finish() => _isFinishing = true;

    private string Name => $"c{_number}";

    private void ThinkThen()
    {
        if (!IsFinished)
        {
            _world.Schedule(_random.Around(_load.ThinkTime) + TimeSpan.FromTicks(1), null, Act);
        }
    }

    private void Act()
    {
        if (!_isFinishing && _random.Chance(0.05))
        {
            VerifyLeader();
            return;
        }

        if (!_isFinishing && _reads.Chance(_load.BoundedReadRate))
        {
            ReadBounded();
            return;
        }

        var last = _load.EndsWithReads ? OperationKind.Read : OperationKind.Write;
        var kind = _isFinishing ? last : _random.Chance(_load.ReadRate) ? OperationKind.Read : _random.Pick(
            OperationKind.Read, OperationKind.Read, OperationKind.Write, OperationKind.Write, OperationKind.CompareAndSet,
            OperationKind.ReadThroughLog);
        var key = _random.Next(_load.Keys);
        var operation = _history.Call(_number, kind, key, _history.LastKnown(key));
        var acknowledged = _history.LastAcknowledged;
        Ask(operation.Id, RequestFor(operation), (answer, _) => OnAnswer(operation, acknowledged, answer));
    }

    private IRaftRequest RequestFor(Operation operation)
    {
        if (operation.Kind == OperationKind.Read)
        {
            return new Read((ReadOnlyMemory<byte>)BitConverter.GetBytes(operation.Key), DrawConsistency());
        }

        var command = new RegisterCommand(operation.Id, operation.Kind, operation.Key, operation.Value, operation.Expected);
        return new Apply(command.ToBytes())
        {
            EnqueueTimeout = _random.Chance(_load.EnqueueTimeoutRate)
                ? _random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(2))
                : null,
        };
    }

    private ReadConsistency DrawConsistency() => _reads.Chance(_load.OtherReadRate)
        ? _reads.Pick(ReadConsistency.Follower, ReadConsistency.Lease)
        : ReadConsistency.Linearizable;

    /// <summary>
    /// Any server may answer: with all that was committed so long ago as it says, which is no longer than was asked for.
    /// </summary>
    private void ReadBounded()
    {
        var bound = TimeSpan.FromMilliseconds(_reads.Pick(0, 20, 200, 2000));
        var key = _random.Next(_load.Keys);
        var read = new Read((ReadOnlyMemory<byte>)BitConverter.GetBytes(key), ReadConsistency.Bounded) { MaxStaleness = bound };
        Ask(_history.NextId(), read, (answer, arrival) =>
        {
            if (answer is ReadResult result)
            {
                _history.ReadBounded(result, bound, arrival);
            }
        });
    }

    /// <summary>A leader that was confirmed knows at least what was acknowledged before it was asked.</summary>
    private void VerifyLeader()
    {
        var acknowledged = _history.LastAcknowledged;
        Ask(_history.NextId(), new VerifyLeader(), (answer, _) =>
        {
            if (answer is LeaderVerified verified && verified.CommitIndex < acknowledged)
            {
                _history.Report(
                    $"a leader of term {verified.Term} was verified with commit index {verified.CommitIndex}, but entry "
                        + $"{acknowledged} was acknowledged before it was asked");
            }
        });
    }

    private void Ask(long id, IRaftRequest request, Action<object, Arrival> onAnswer)
    {
        var isForAny = request is Read { Consistency: ReadConsistency.Follower or ReadConsistency.Bounded };
        var server = isForAny
            ? _cluster.ServerFor(default, 0, _reads)
            : _cluster.ServerFor(_hint, _load.FollowsHintRate, _random);
        _waitingFor = id;
        var answers = 0;
        var arrival = default(Arrival);
        if (_world.Trace.KeepsText)
        {
            var text = request is Raft.Actors.Protocol.VerifyLeader or Read ? MessageText.Of(request) : string.Empty;
            _world.Trace.Line(_world.Now, Name, $"asks {server.Id} {_history.Text(id)}{text}");
        }

        var address = new ClientRef(_world, _cluster.Network, $"{_number}-{id}", answer =>
        {
            if (_world.Trace.KeepsText)
            {
                _world.Trace.Line(_world.Now, Name, $"<- {MessageText.Of(answer)} to operation {id}");
            }

            if (++answers > 1)
            {
                _history.Report($"operation {id} was answered twice, the second time with {MessageText.Of(answer)}");
                return;
            }

            _history.Answered(id);
            onAnswer(answer, arrival);
            if (!isForAny)
            {
                _hint = Caller.LeaderBy(answer, server.Id);
            }

            GoOnFrom(id);
        }, () => _history.Said(id));
        _cluster.Network.Request(server, request, address, life =>
        {
            arrival = new Arrival(_world.Now, life.ClockRate);
            _history.Arrived(id, life, request);
        });

        // Once nothing fails any more every request must be answered: then there is no losing patience.
        if (!_isFinishing)
        {
            _world.Schedule(_load.Patience, null, () => GoOnFrom(id));
        }
    }

    private void GoOnFrom(long id)
    {
        if (_waitingFor == id)
        {
            _waitingFor = 0;
            ThinkThen();
        }
    }

    private void OnAnswer(Operation operation, long acknowledgedBefore, object answer)
    {
        switch (answer)
        {
            case Applied applied:
                _history.Acknowledge(operation, applied.Index, applied.Term, Number(applied.Result));
                IsFinished |= _isFinishing && _waitingFor == operation.Id;
                break;
            case ReadResult result:
                if (result.Index < acknowledgedBefore)
                {
                    _history.Report(
                        $"{operation} was answered from entry {result.Index}, but entry {acknowledgedBefore} was acknowledged "
                            + $"before it was called");
                }

                _history.Return(operation, Number(result.Result));
                IsFinished |= _isFinishing && _waitingFor == operation.Id;
                break;
            case RaftFailure { Outcome: Outcome.NotDone }:
                _history.Fail(operation);
                break;
        }
    }

    public static long Number(object? result) => result switch
    {
        byte[] bytes => BitConverter.ToInt64(bytes),
        ReadOnlyMemory<byte> bytes => BitConverter.ToInt64(bytes.Span),
        _ => throw new InvalidOperationException($"a register answered {result}"),
    };
}
