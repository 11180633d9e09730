using Akka.Actor;
using Raft.Actors.Log;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.StateMachine;

/// <summary>
/// Runs the user's state machine: applies committed entries in the order of the log, in batches, and answers those
/// who wait for them. It has a dispatcher of its own, so that a command may take its time without costing an election.
/// </summary>
internal sealed class StateMachineActor(Func<IStateMachine> factory, PayloadCodec codec, int maxBatchSize) : UntypedActor
{
    private readonly IStateMachine _stateMachine = factory();
    private readonly Command[] _commands = new Command[maxBatchSize];
    private readonly object?[] _results = new object?[maxBatchSize];
    private long _lastApplied;
    private StateMachineFault? _fault;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ApplyCommitted committed:
                OnCommitted(committed);
                break;
            case RunQuery query:
                query.Client.Tell(Answer(query.Query));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnCommitted(ApplyCommitted committed)
    {
        var reply = 0;
        while (_lastApplied < committed.CommitIndex && _fault is null)
        {
            var count = Collect(committed.Log, committed.CommitIndex, out var lastIndex);
            if (_fault is not null || !TryApply(count))
            {
                break;
            }

            var result = 0;
            for (var index = _lastApplied + 1; index <= lastIndex; index++)
            {
                var entry = committed.Log[index];
                var value = entry.Kind == EntryKind.Command ? _results[result++] : null;
                if (reply < committed.Replies.Length && committed.Replies[reply].Index == index)
                {
                    committed.Replies[reply++].Client.Tell(new Applied(index, entry.Term, value));
                }
            }

            Array.Clear(_commands, 0, count);
            Array.Clear(_results, 0, count);
            _lastApplied = lastIndex;
            Context.Parent.Tell(new AppliedUpTo(_lastApplied));
        }
    }

    /// <summary>Collects the commands of the next batch; entries of other kinds have no business with the state machine.</summary>
    private int Collect(LogView log, long commitIndex, out long lastIndex)
    {
        var count = 0;
        lastIndex = _lastApplied;
        while (lastIndex < commitIndex && count < _commands.Length)
        {
            var entry = log[lastIndex + 1];
            if (entry.Kind == EntryKind.Command && !TryDecode(entry, out _commands[count++]))
            {
                return count;
            }

            lastIndex++;
        }

        return count;
    }

    private bool TryDecode(LogEntry entry, out Command command)
    {
        try
        {
            var isBytes = entry.Data.Format == PayloadFormat.Bytes;
            command = new Command(
                entry.Index,
                entry.Term,
                isBytes ? entry.Data.Bytes : ReadOnlyMemory<byte>.Empty,
                isBytes ? null : codec.Decode(entry.Data),
                entry.Extensions,
                entry.Timestamp);
            return true;
        }
        catch (PayloadException unreadable)
        {
            command = default;
            Fault(entry.Index, unreadable);
            return false;
        }
    }

    private bool TryApply(int count)
    {
        try
        {
            if (count > 0)
            {
                _stateMachine.ApplyBatch(_commands.AsSpan(0, count), _results.AsSpan(0, count));
            }

            return true;
        }
        catch (Exception thrown)
        {
            Fault(_commands[0].Index, thrown);
            return false;
        }
    }

    /// <summary>
    /// From here on nothing is applied: the node answers those who wait and stops, and its successor builds a fresh state
    /// machine from the log.
    /// </summary>
    private void Fault(long index, Exception cause)
    {
        _fault = new StateMachineFault(index, cause);
        Context.Parent.Tell(_fault);
    }

    private object Answer(object query)
    {
        if (_fault is not null)
        {
            return new StateMachineFailed(0, _fault.Cause.Message, Outcome.NotDone);
        }

        try
        {
            var decoded = query switch
            {
                EncodedPayload encoded => codec.Decode(encoded) ?? throw new PayloadException("a query may not be null"),
                byte[] bytes => new ReadOnlyMemory<byte>(bytes),
                _ => query,
            };
            return new ReadResult(_lastApplied, _stateMachine.Query(decoded));
        }
        catch (Exception thrown)
        {
            return new StateMachineFailed(0, thrown.Message, Outcome.NotDone);
        }
    }
}
