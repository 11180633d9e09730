using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Simulation.Cluster;
using Raft.Simulation.Registers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// Makes up states and restores them, one after the other: sends each step again until it is answered, sometimes once more,
/// sometimes names a wrong checksum, sometimes walks away. For the history a restore writes every register at once.
/// </summary>
internal sealed class RestoreClient : ISimulatedClient
{
    private const int MaxAttempts = 30;

    private readonly SimulatedWorld _world;
    private readonly ClientLoad _load;
    private readonly History _history;
    private readonly SeededRandom _random;
    private readonly Caller _caller;
    private readonly int _number;
    private Operation[] _operations = [];
    private byte[] _content = [];
    private IRaftRequest _step = new GetStatus();
    private uint _checksum;
    private long _restores;
    private int _stepNumber;
    private int _attempts;
    private bool _mayBeDone;
    private bool _isBusy;
    private bool _isFinishing;

    public RestoreClient(SimulatedWorld world, SimulatedCluster cluster, ClientLoad load, History history, int number)
    {
        _world = world;
        _load = load;
        _history = history;
        _number = number;
        _random = SeededRandom.Stream(world.Seed, $"restore client {number}");
        _caller = new Caller(world, cluster, history, $"r{number}", _random);
        After(_random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(10)), Begin);
    }

    /// <summary>
    /// It has nothing to prove at the end: a restore of somebody who walked away may stand in the way of the next for a
    /// minute.
    /// </summary>
    public bool IsFinished => _isFinishing && !_isBusy;

    public string Waits => $"client {_number} restores";

    public void Finish() => _isFinishing = true;

    private void After(TimeSpan time, Action action) => _world.Schedule(time + TimeSpan.FromTicks(1), null, action);

    private void Begin()
    {
        if (_isFinishing || _isBusy)
        {
            return;
        }

        _isBusy = true;
        _operations = [.. Enumerable.Range(0, _load.Keys).Select(key => _history.Call(_number, OperationKind.Restore, key, 0))];
        _content = RegisterMachine.ContentOf(
            ++_restores, _operations.ToDictionary(static operation => operation.Key, static operation => operation.Value));
        _checksum = Crc32C.Of(_content) ^ (_random.Chance(0.1) ? 1u : 0);
        _mayBeDone = false;
        GoOn(new BeginRestore(_content.Length, _checksum));
    }

    private void GoOn(IRaftRequest step)
    {
        _step = step;
        _stepNumber++;
        _attempts = 0;
        if (_random.Chance(0.02) || _isFinishing)
        {
            // Walks away. What was never asked to be completed is not.
            End(_mayBeDone ? OperationOutcome.Unknown : OperationOutcome.NotDone);
            return;
        }

        Send();
    }

    private void Send()
    {
        if (++_attempts > MaxAttempts)
        {
            End(_mayBeDone ? OperationOutcome.Unknown : OperationOutcome.NotDone);
            return;
        }

        _mayBeDone |= _step is CompleteRestore;
        var number = _stepNumber;
        var attempt = _attempts;
        Ask(_step, answer => OnAnswer(number, answer));
        if (_random.Chance(0.05))
        {
            Ask(_step, static _ => { });
        }

        After(_load.Patience, () =>
        {
            if (_stepNumber == number && _attempts == attempt)
            {
                Send();
            }
        });
    }

    private void OnAnswer(int number, object answer)
    {
        if (number != _stepNumber)
        {
            return;
        }

        switch (answer)
        {
            case RestoreBegun begun:
                SendFrom(begun.RestoreId, begun.Offset);
                break;
            case RestoreBlockTaken taken:
                SendFrom(taken.RestoreId, taken.Offset);
                break;
            case SnapshotRestored restored:
                _history.Restored(_operations, restored.Index, restored.Term);
                End(null);
                break;
            case RestoreRefused { Outcome: Outcome.NotDone }:
                End(OperationOutcome.NotDone);
                break;
            case RestoreRefused:
                End(OperationOutcome.Unknown);
                break;
            default:
                After(_random.Around(_load.ThinkTime), () =>
                {
                    if (number == _stepNumber)
                    {
                        Send();
                    }
                });
                break;
        }
    }

    private void SendFrom(long restoreId, long offset)
    {
        var length = Math.Min(1 + _random.Next(40), _content.Length - (int)offset);
        GoOn(length == 0 ? new CompleteRestore(restoreId) : new RestoreBlock(
            restoreId, offset, _content.AsMemory((int)offset, length)));
    }

    private void End(OperationOutcome? outcome)
    {
        _stepNumber++;
        _isBusy = false;
        if (outcome == OperationOutcome.NotDone)
        {
            Array.ForEach(_operations, _history.Fail);
        }

        After(_random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(5)), Begin);
    }

    private void Ask(IRaftRequest request, Action<object> onAnswer) => _caller.Ask(request, _load.FollowsHintRate, onAnswer);
}
