using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Node;

/// <summary>How the node writes its journal, and what it does when the journal fails (docs/architecture.md, Durability).</summary>
public sealed partial class RaftNode
{
    private bool _isFlushRequested;
    private int _eventsInFlight;
    private RaftFailure? _failure;

    /// <summary>Whether the write in flight takes so long that the disk must be thought to hang.</summary>
    private bool IsJournalStalled => _journal.WriteAge(Now) > _settings.Journal.StallTimeout;

    private void PersistHardState()
    {
        var term = _currentTerm;
        _journal.Add(new HardStateChanged(term, _votedFor));
        _journal.WhenDurable(() => _durableTerm = term);
        RequestFlush();
    }

    /// <summary>
    /// Asks for a flush behind the messages that are in the mailbox already, so that what they bring goes into the same
    /// write and the same AppendEntries. With an idle mailbox that is at once.
    /// </summary>
    private void RequestFlush()
    {
        if (!_isFlushRequested)
        {
            _isFlushRequested = true;
            Self.Tell(NodeTick.Flush);
        }
    }

    private void OnFlush()
    {
        _isFlushRequested = false;
        BeginWrite();
        if (_role == RaftRole.Leader)
        {
            PublishLog();
        }
    }

    /// <summary>Begins the next write unless one is in flight: what gathers meanwhile is the write after it.</summary>
    private void BeginWrite()
    {
        if (!_journal.TryBegin(Now, out var events))
        {
            return;
        }

        _eventsInFlight = events.Length;
        if (events.Length == 1)
        {
            PersistAsync(events[0], OnPersisted);
        }
        else
        {
            PersistAllAsync(events, OnPersisted);
        }
    }

    private void OnPersisted(IJournalEvent persisted)
    {
        if (--_eventsInFlight > 0)
        {
            return;
        }

        _journal.Complete();
        if (_role == RaftRole.Leader)
        {
            OnLeaderLogDurable();
        }

        BeginWrite();
    }

    /// <inheritdoc />
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        // Akka.Persistence stops the actor after this; whether the event was written is not known.
        Failing($"a write failed: {cause.Message}");
        _logger.Error(cause, "{0} could not write to its journal and stops; it comes back when the journal works", PersistenceId);
    }

    /// <inheritdoc />
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        // Going on would leave a hole in the log.
        Fail($"a write was rejected: {cause.Message}", cause);
    }

    /// <inheritdoc />
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        Failing($"the journal cannot be read: {reason.Message}");
        _logger.Error(reason, "{0} cannot read its journal and takes no part in the group", PersistenceId);
    }

    /// <summary>Those whose commands are committed and not applied are told here; the state machine told those before them.</summary>
    private void OnStateMachineFault(StateMachineFault fault)
    {
        foreach (var pending in _proposals.TakeApplying())
        {
            pending.Client.Tell(new StateMachineFailed(pending.Index, fault.Cause.Message, Outcome.Unknown), Self);
        }

        Fail($"the state machine threw at or after entry {fault.Index}: {fault.Cause.Message}", fault.Cause);
        _failure = null;
    }

    /// <summary>Ends this life of the node: clients are told, and the supervisor starts another.</summary>
    private void Fail(string reason, Exception cause)
    {
        Failing(reason);
        _logger.Error(cause, "{0} stops: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    private void Failing(string reason)
    {
        _failure = new StorageFailed(reason, Outcome.Unknown);
        Context.Parent.Tell(new NodeFailed(reason));
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        AnswerAllPending();
        base.PostStop();
    }

    /// <summary>The last word to everybody who waits: what was in the log may yet be applied, what was not never will be.</summary>
    private void AnswerAllPending()
    {
        foreach (var pending in _proposals.TakeApplying().Concat(_proposals.TakeUncommitted()))
        {
            pending.Client.Tell(Ending(Outcome.Unknown));
        }

        foreach (var client in _proposals.TakeWaiting().Concat(_leadership?.Reads.TakeAll().Select(static read => read.Client) ?? []))
        {
            client.Tell(Ending(Outcome.NotDone));
        }
    }

    private RaftFailure Ending(Outcome outcome) => _failure switch
    {
        StorageFailed failed => failed with { Outcome = outcome },
        _ => new ShuttingDown(outcome),
    };
}
