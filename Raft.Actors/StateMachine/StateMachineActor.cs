using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Log;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using Raft.Actors.Snapshots;

namespace Raft.Actors.StateMachine;

/// <summary>
/// Runs the user's state machine: applies committed entries in the order of the log, in batches, and answers those
/// who wait for them. Commands of client sessions it passes on once. It has a dispatcher of its own, so that a command may take its time without costing an election.
/// </summary>
internal sealed partial class StateMachineActor(Func<IStateMachine> factory, PayloadCodec codec, int maxBatchSize, SnapshotSource snapshots)
    : UntypedActor, IWithTimers
{
    private readonly IStateMachine _stateMachine = factory();
    private readonly Command[] _commands = new Command[maxBatchSize];
    private readonly object?[] _results = new object?[maxBatchSize];
    private readonly IRaftReply?[] _answers = new IRaftReply?[maxBatchSize];
    private SessionTable _sessions = new(codec);
    private long _lastApplied;
    private long _lastAppliedTerm;
    private int _version;
    private StateMachineFault? _fault;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private int SupportedVersion => (_stateMachine as IVersionedStateMachine)?.SupportedVersion ?? 0;

    protected override void PreStart()
    {
        if (SupportedVersion is > 0 and var version)
        {
            Context.Parent.Tell(new VersionSupported(version));
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ApplyCommitted committed when _isWaitingForState:
                Hold(committed);
                break;
            case ApplyCommitted committed:
                OnCommitted(committed);
                break;
            case RunQueries asked:
                foreach (var query in asked.Queries)
                {
                    query.Client.Tell(_isWaitingForState ? new Unavailable("it waits for its state") : Answer(query));
                }

                break;
            case TellVersion:
                Context.Parent.Tell(new VersionSupported(SupportedVersion));
                break;
            case TakeView take:
                OnTakeView(take);
                break;
            case RestoreState restore:
                OnRestore(restore);
                break;
            case CheckReplacement check:
                OnCheck(check);
                break;
            case LoadSnapshotResult loaded:
                OnChunk(loaded);
                break;
            case LoadSnapshotFailed failed:
                OnChunkFailed(failed);
                break;
            case Tick.Load:
                LoadNextChunk();
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

            if (lastIndex == _lastApplied)
            {
                throw new InvalidOperationException($"entry {lastIndex + 1} waits for an answer that nobody will give");
            }

            var result = 0;
            for (var index = _lastApplied + 1; index <= lastIndex; index++)
            {
                var entry = committed.Log[index];
                var answer = _answers[index - _lastApplied - 1] ?? Complete(entry, _results[result++]);
                if (reply < committed.Replies.Length && committed.Replies[reply].Index == index)
                {
                    committed.Replies[reply++].Client.Tell(Readable(answer, entry));
                }
            }

            Array.Clear(_commands, 0, count);
            Array.Clear(_results, 0, count);
            Array.Clear(_answers);
            _lastApplied = lastIndex;
            _lastAppliedTerm = committed.Log[lastIndex].Term;
            Context.Parent.Tell(new AppliedUpTo(_lastApplied, _replacement.Status));
        }

        if (_fault is { } fault)
        {
            foreach (var pending in committed.Replies.AsSpan()[reply..])
            {
                pending.Client.Tell(new StateMachineFailed(pending.Index, fault.Cause.Message, Outcome.Unknown));
            }
        }
    }

    /// <summary>Collects the commands of the next batch, and the answers to the entries that have no business with the state machine.</summary>
    private int Collect(LogView log, long commitIndex, out long lastIndex)
    {
        var count = 0;
        var end = Math.Min(commitIndex, _lastApplied + _answers.Length);
        for (lastIndex = _lastApplied; lastIndex < end; lastIndex++)
        {
            var entry = log[lastIndex + 1];
            if (entry.Kind == EntryKind.Configuration && _stateMachine is IConfigurationObserver observer)
            {
                if (lastIndex > _lastApplied)
                {
                    // What stands before it is applied first.
                    break;
                }

                if (!TryShow(observer, entry))
                {
                    break;
                }
            }

            if (entry.Kind == EntryKind.CompleteRestore && lastIndex > _lastApplied)
            {
                // What stands before it is applied first, here too.
                break;
            }

            if (entry.Kind == EntryKind.Configuration)
            {
                _version = ConfigurationCodec.Decode(entry.Data).StateMachineVersion;
            }

            _sessions.Advance(entry);
            _replacement.Advance(_sessions.Time);
            if (entry.Kind == EntryKind.CompleteRestore)
            {
                if (!TryReplace(entry, out _answers[0]))
                {
                    break;
                }

                continue;
            }

            var verdict = Decide(entry);
            if (verdict.Kind == SessionVerdictKind.Wait || (verdict.Kind == SessionVerdictKind.Apply && !TryDecode(entry, out _commands[count++])))
            {
                break;
            }

            _answers[lastIndex - _lastApplied] = verdict.Answer;
        }

        return count;
    }

    private bool TryShow(IConfigurationObserver observer, LogEntry entry)
    {
        try
        {
            observer.OnConfiguration(entry.Index, ConfigurationCodec.Decode(entry.Data));
            return true;
        }
        catch (Exception thrown)
        {
            Fault(entry.Index, thrown);
            return false;
        }
    }

    private SessionVerdict Decide(LogEntry entry) => entry switch
    {
        { Kind: EntryKind.Command, Session: null } => SessionVerdict.Apply,
        { Kind: EntryKind.Command or EntryKind.RegisterSession or EntryKind.KeepSessionAlive or EntryKind.CloseSession } => _sessions.Decide(entry),
        { Kind: EntryKind.BeginRestore or EntryKind.RestoreBlock } => SessionVerdict.Reply(_replacement.Take(entry, _sessions.Time)),
        _ => SessionVerdict.Reply(new Applied(entry.Index, entry.Term, null)),
    };

    private Applied Complete(LogEntry entry, object? result)
    {
        if (entry.Session is not null)
        {
            _sessions.Complete(entry, result);
        }

        return new Applied(entry.Index, entry.Term, result);
    }

    /// <summary>A kept answer is decoded when somebody wants it, and only then.</summary>
    private IRaftReply Readable(IRaftReply answer, LogEntry entry)
    {
        try
        {
            return answer is Applied { Result: EncodedPayload kept } applied ? applied with { Result = codec.Decode(kept) } : answer;
        }
        catch (PayloadException)
        {
            return new AnswerNotKept(entry.Session!.SessionId, entry.Session.Sequence, Outcome.Done);
        }
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
                entry.Timestamp)
            {
                Version = _version,
            };
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

    /// <summary>From here on nothing is applied: the node stops, and its successor builds a fresh state machine from the log.</summary>
    private void Fault(long index, Exception cause)
    {
        _fault = new StateMachineFault(index, cause);
        Context.Parent.Tell(_fault);
    }

    private object Answer(ClientQuery asked)
    {
        if (_fault is not null)
        {
            return new StateMachineFailed(0, _fault.Cause.Message, Outcome.NotDone);
        }

        try
        {
            var decoded = asked.Query switch
            {
                EncodedPayload encoded => codec.Decode(encoded) ?? throw new PayloadException("a query may not be null"),
                byte[] bytes => new ReadOnlyMemory<byte>(bytes),
                var query => query,
            };
            return new ReadResult(_lastApplied, _stateMachine.Query(decoded)) { Staleness = asked.Staleness };
        }
        catch (Exception thrown)
        {
            return new StateMachineFailed(0, thrown.Message, Outcome.NotDone);
        }
    }
}
