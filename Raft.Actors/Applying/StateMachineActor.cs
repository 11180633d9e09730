using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Applying;

/// <summary>
/// Runs the user's state machine: applies committed entries in the order of the log, in batches, and answers the clients that
/// wait for them. It passes on commands of client sessions once. It has its own dispatcher, so that a slow command does not
/// cost an election.
/// </summary>
/// <param name="factory">Makes the state machine.</param>
/// <param name="codec">Decodes commands.</param>
/// <param name="maxBatchSize">The longest batch.</param>
/// <param name="snapshots">Where it finds the state that it is to restore.</param>
/// <param name="failed">The entries at which an earlier state machine threw; null if none threw. They are applied one at a
/// time, so that it is known which one it is.</param>
internal sealed partial class StateMachineActor(
    Func<IStateMachine> factory, PayloadCodec codec, int maxBatchSize, SnapshotSource snapshots, FailedEntries? failed)
    : UntypedActor, IWithTimers
{
    private readonly IStateMachine _stateMachine = factory();
    private readonly PayloadReading _reading = new(codec);
    private readonly CommandBatch _batch = new(maxBatchSize);
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
            var lastIndex = Collect(committed);
            if (_fault is not null || !TryApply())
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
                var answer = _answers[index - _lastApplied - 1] ?? Complete(entry, _batch.Results[result++]);
                if (reply < committed.Replies.Length && committed.Replies[reply].Index == index)
                {
                    committed.Replies[reply++].Client.Tell(_reading.Readable(answer, entry));
                }
            }

            _batch.Clear();
            Array.Clear(_answers);
            _lastApplied = lastIndex;
            _lastAppliedTerm = committed.Log[lastIndex].Term;
            Context.Parent.Tell(new AppliedUpTo(_lastApplied, _replacement.Status));
        }

        foreach (var pending in committed.Replies.AsSpan()[reply..])
        {
            // It failed before them, or they wait until it is decided whether an entry is skipped.
            var reason = _fault?.Cause.Message ?? "an entry before it may be skipped";
            pending.Client.Tell(new StateMachineFailed(pending.Index, reason, Outcome.Unknown));
        }
    }

    /// <summary>
    /// Collects the commands of the next batch, and the answers to the entries that have no business with the state machine.
    /// </summary>
    /// <returns>The last entry of the batch.</returns>
    private long Collect(ApplyCommitted committed)
    {
        long lastIndex;
        var end = Math.Min(committed.CommitIndex, _lastApplied + _answers.Length);
        if (failed is not null && _lastApplied < failed.Last)
        {
            end = Math.Min(end, Math.Max(_lastApplied + 1, failed.First - 1));
        }

        for (lastIndex = _lastApplied; lastIndex < end; lastIndex++)
        {
            var entry = committed.Log[lastIndex + 1];
            if (committed.IsSkipped(entry))
            {
                if (!TrySkip(entry, out _answers[lastIndex - _lastApplied]))
                {
                    break;
                }

                continue;
            }

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
            if (verdict.Kind == SessionVerdictKind.Wait
                || (verdict.Kind == SessionVerdictKind.Apply && !TryDecode(entry)))
            {
                break;
            }

            _answers[lastIndex - _lastApplied] = verdict.Answer;
        }

        return lastIndex;
    }

    /// <summary>
    /// Leaves an entry out. A command of a session counts as answered there, or its client would send it again and stop the
    /// group once more.
    /// False where the session's other commands must be applied first.
    /// </summary>
    private bool TrySkip(LogEntry entry, out IRaftReply? answer)
    {
        _sessions.Advance(entry);
        _replacement.Advance(_sessions.Time);
        answer = new CommandSkipped(entry.Index);
        if (entry is not { Kind: EntryKind.Command, Session: not null })
        {
            return true;
        }

        var verdict = _sessions.Decide(entry);
        if (verdict.Kind == SessionVerdictKind.Apply)
        {
            _sessions.CompleteSkipped(entry);
        }

        answer = verdict.Answer ?? answer;
        return verdict.Kind != SessionVerdictKind.Wait;
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
            Fault(entry.Index, entry.Term, entry.Index, thrown);
            return false;
        }
    }

    private SessionVerdict Decide(LogEntry entry) => entry switch
    {
        { Kind: EntryKind.Command, Session: null } => SessionVerdict.Apply,
        { Kind: EntryKind.Command or EntryKind.RegisterSession or EntryKind.KeepSessionAlive or EntryKind.CloseSession } =>
            _sessions.Decide(entry),
        { Kind: EntryKind.BeginRestore or EntryKind.RestoreBlock } =>
            SessionVerdict.Reply(_replacement.Take(entry, _sessions.Time)),
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

    private bool TryDecode(LogEntry entry)
    {
        try
        {
            _batch.Add(_reading.CommandOf(entry, _version));
            return true;
        }
        catch (PayloadException unreadable)
        {
            Fault(entry.Index, entry.Term, entry.Index, unreadable);
            return false;
        }
    }

    private bool TryApply()
    {
        if (_batch.ApplyTo(_stateMachine) is not { } fault)
        {
            return true;
        }

        Fault(fault);
        return false;
    }

    /// <summary>
    /// From here on nothing is applied: the node stops, and its successor builds a fresh state machine from the log.
    /// </summary>
    private void Fault(StateMachineFault fault)
    {
        _fault = fault;
        Context.Parent.Tell(_fault);
    }

    private void Fault(long index, long term, long lastIndex, Exception cause) =>
        Fault(new StateMachineFault(index, term, lastIndex, cause));

    private object Answer(ClientQuery asked)
    {
        if (_fault is not null)
        {
            return new StateMachineFailed(0, _fault.Cause.Message, Outcome.NotDone);
        }

        try
        {
            var query = _reading.QueryOf(asked.Query);
            return new ReadResult(_lastApplied, _stateMachine.Query(query)) { Staleness = asked.Staleness };
        }
        catch (Exception thrown)
        {
            return new StateMachineFailed(0, thrown.Message, Outcome.NotDone);
        }
    }
}
