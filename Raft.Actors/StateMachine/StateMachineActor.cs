using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Log;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using Raft.Actors.Snapshots;

namespace Raft.Actors.StateMachine;

/// <summary>
/// Runs the user's state machine: applies committed entries in the order of the log, in batches, and answers those
/// who wait for them. Commands of client sessions it passes on once. It has a dispatcher of its own, so that a command may take its time without costing an election.
/// </summary>
internal sealed partial class StateMachineActor(Func<IStateMachine> factory, PayloadCodec codec, int maxBatchSize, SnapshotSource snapshots, FailedEntry? failed)
    : UntypedActor, IWithTimers
{
    private readonly IStateMachine _stateMachine = factory();
    private readonly Command[] _commands = new Command[maxBatchSize];
    private readonly object?[] _results = new object?[maxBatchSize];
    private readonly IRaftReply?[] _answers = new IRaftReply?[maxBatchSize];
    private SessionTable _sessions = new(codec);
    private long _lastApplied;
    private long _lastAppliedTerm;
    private readonly HashSet<long> _skipped = [];
    private StateMachineFault? _fault;
    private long _restoredUpTo;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

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
            var count = Collect(committed, out var lastIndex);
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
    private int Collect(ApplyCommitted committed, out long lastIndex)
    {
        var (log, commitIndex) = (committed.Log, committed.CommitIndex);
        var count = 0;
        var end = Math.Min(commitIndex, _lastApplied + _answers.Length);
        if (failed is not null)
        {
            // From the batch on that failed one at a time, so that the entry is known.
            end = Math.Min(end, Math.Max(_lastApplied + 1, failed.Index - 1));
        }

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

            if (IsSkipped(entry, committed.Skips))
            {
                _sessions.Skip(entry);
                _skipped.Add(entry.Index);
                _answers[lastIndex - _lastApplied] = new StateMachineFailed(entry.Index, "the entry is skipped", Outcome.NotDone);
                continue;
            }

            if (entry.Kind == EntryKind.SkipEntry && WasApplied(log, SkippedEntry.Decode(entry.Data)))
            {
                Fault(entry, new InvalidOperationException("it skips an entry that was applied here; the state is built anew without it"), isExact: false);
                break;
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

    private static bool IsSkipped(LogEntry entry, ImmutableArray<Skip> skips)
    {
        foreach (var skip in skips)
        {
            if (entry.Kind == EntryKind.Command && skip.Skipped.Index == entry.Index && skip.Skipped.Term == entry.Term)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a snapshot holds of a skipped entry is the node's to see.</summary>
    private bool WasApplied(LogView log, SkippedEntry entry) =>
        entry.Index > _restoredUpTo && !_skipped.Contains(entry.Index) && log.TermAt(entry.Index) == entry.Term;

    private bool TryShow(IConfigurationObserver observer, LogEntry entry)
    {
        try
        {
            observer.OnConfiguration(entry.Index, ConfigurationCodec.Decode(entry.Data));
            return true;
        }
        catch (Exception thrown)
        {
            Fault(entry, thrown);
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
                entry.Timestamp);
            return true;
        }
        catch (PayloadException unreadable)
        {
            command = default;
            Fault(entry, unreadable);
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
            var (index, term) = (_commands[0].Index, _commands[0].Term);
            var cause = thrown;
            if (thrown is CommandFailedException known)
            {
                (index, term, cause) = (known.Index, known.Term, known.InnerException!);
            }

            Fault(index, term, cause, isExact: count == 1 || cause != thrown);
            return false;
        }
    }

    /// <summary>From here on nothing is applied: the node stops, and its successor builds a fresh state machine from the log.</summary>
    private void Fault(LogEntry entry, Exception cause, bool isExact = true) => Fault(entry.Index, entry.Term, cause, isExact);

    private void Fault(long index, long term, Exception cause, bool isExact)
    {
        _fault = new StateMachineFault(index, term, cause, isExact);
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
