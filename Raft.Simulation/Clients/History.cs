using Raft.Actors.Protocol;
using Raft.Simulation.Invariants;
using Raft.Simulation.Registers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>All that the clients asked and were told, in one order.</summary>
internal sealed class History(RaftRules rules, ReadDeadlines reads)
{
    private readonly List<Operation> _operations = [];
    private readonly Dictionary<int, long> _lastKnown = [];
    private readonly Dictionary<long, Operation> _byId = [];
    private readonly SortedDictionary<long, Life> _unanswered = [];
    private long _time;
    private long _ids;

    public IReadOnlyList<Operation> Operations => _operations;

    /// <summary>The highest index that a client was told to be applied.</summary>
    public long LastAcknowledged { get; private set; }

    public int Done { get; private set; }

    public long NextId() => ++_ids;

    /// <summary>What was last seen in a register, for a compare-and-set that may succeed.</summary>
    public long LastKnown(int key) => _lastKnown.GetValueOrDefault(key);

    /// <summary>A client asks; where no value to write is named, it is the operation's own number.</summary>
    public Operation Call(int client, OperationKind kind, int key, long expected, long? value = null)
    {
        var id = NextId();
        var operation = new Operation(id, client, kind, key, value ?? id, expected, ++_time);
        _operations.Add(operation);
        _byId.Add(id, operation);
        return operation;
    }

    public void Acknowledge(Operation operation, long index, long term, long result)
    {
        rules.CheckAcknowledged(operation, index, term);
        LastAcknowledged = Math.Max(LastAcknowledged, index);
        Return(operation, result);
    }

    public void Return(Operation operation, long result)
    {
        operation.Done(++_time, result);
        _lastKnown[operation.Key] = operation.Writes
            && (operation.Kind is OperationKind.Write or OperationKind.Restore || result == operation.Expected)
            ? operation.Value
            : result;
        Done++;
    }

    /// <summary>A state that was made up has replaced the group's, at an index.</summary>
    public void Restored(IEnumerable<Operation> operations, long index, long term)
    {
        rules.CheckRestoredByHand(index, term);
        LastAcknowledged = Math.Max(LastAcknowledged, index);
        foreach (var operation in operations)
        {
            Return(operation, 0);
        }
    }

    public void Fail(Operation operation)
    {
        operation.NotDone(++_time);
        rules.CheckNotDone(operation);
    }

    /// <summary>The operation's session has ended: unless it was applied before, it never will be.</summary>
    public void Ended(Operation operation)
    {
        if (!rules.WasApplied(operation))
        {
            rules.CheckNotDone(operation);
        }
    }

    /// <summary>A request has come to a life of a server.</summary>
    public void Arrived(long id, Life life, IRaftRequest request)
    {
        _unanswered[id] = life;
        reads.Arrived(id, life, request);
    }

    /// <summary>A server has said an answer, which may yet be lost.</summary>
    public void Said(long id) => reads.Answered(id);

    public void Answered(long id) => _unanswered.Remove(id);

    /// <summary>The requests that came to a server which has not answered them.</summary>
    public IReadOnlyList<long> Unanswered => [.. _unanswered.Keys];

    public bool IsUnanswered(long id) => _unanswered.ContainsKey(id);

    /// <summary>Where no message is lost and nobody passes requests on, a life that goes on answers each.</summary>
    public void CheckAnswered(IReadOnlyList<long> asked)
    {
        foreach (var id in asked)
        {
            if (_unanswered.TryGetValue(id, out var life) && life.IsAlive)
            {
                Report($"{Text(id)} came to {life}, which lives, and no message is lost here, but it was never answered");
                return;
            }
        }
    }

    /// <summary>A read of bounded staleness shows what was committed as long ago as it says.</summary>
    public void ReadBounded(ReadResult result, TimeSpan bound, Arrival arrival)
    {
        Done++;
        rules.CheckStaleness(result, bound, arrival);
    }

    public void Report(string violation) => rules.Report(violation);

    public string Text(long id) => _byId.TryGetValue(id, out var operation) ? operation.ToString() : $"operation {id} ";
}
