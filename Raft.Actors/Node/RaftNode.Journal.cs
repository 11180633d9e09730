using Akka.Actor;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// How the node writes its journal, and what it does when the journal fails (docs/architecture.md, Durability).
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>Whether the write in flight takes so long that the disk must be thought to hang.</summary>
    private bool IsJournalStalled => _journal.WriteAge(Now) > _settings.Journal.StallTimeout;

    /// <summary>
    /// This is the term now, and this the vote in it. Both are on their way to the journal before anything is said in the
    /// term.
    /// </summary>
    private void EnterTerm(long term, ServerId votedFor)
    {
        _hardState.Enter(term, votedFor);
        PersistHardState();
    }

    private void PersistHardState()
    {
        var term = _hardState.Term;
        _journal.Add(new HardStateChanged(term, _hardState.VotedFor));
        _journal.WhenDurable(() => _hardState.BeDurable(term));
        RequestFlush();
    }

    /// <summary>
    /// Asks for a flush behind the messages that are in the mailbox already, so that what they bring goes into the same
    /// write and the same AppendEntries. With an idle mailbox that is at once.
    /// </summary>
    private void RequestFlush()
    {
        if (_journal.RequestFlush())
        {
            Self.Tell(NodeTick.Flush);
        }
    }

    private void OnFlush()
    {
        _journal.OnFlush();
        BeginWrite();
        _leader?.OnFlush();
    }

    /// <summary>Begins the next write unless one is in flight: what gathers meanwhile is the write after it.</summary>
    private void BeginWrite()
    {
        if (!_journal.TryBegin(Now, out var events))
        {
            return;
        }

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
        _snapshots.Compaction.Add(LastSequenceNr, persisted);
        if (!_journal.OnPersisted())
        {
            return;
        }

        _journal.Complete();
        _snapshots.OnJournalWritten();
        _leader?.OnLogDurable(_journal.DurableIndex);
        BeginWrite();
        StopWhenQuiet();
    }

    /// <inheritdoc />
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        // Akka.Persistence stops the actor after this; whether the event was written is not known.
        JournalFails($"a write failed: {cause.Message}");
        _logger.Error(cause, "{0} could not write to its journal and stops; it comes back when the journal works", PersistenceId);
    }

    /// <inheritdoc />
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        // Going on would leave a hole in the log.
        JournalFails($"a write was rejected: {cause.Message}");
        _logger.Error(cause, "{0} could not write to its journal and stops: {1} was rejected", PersistenceId, @event);
        Context.Stop(Self);
    }

    /// <inheritdoc />
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        JournalFails($"the journal cannot be read: {reason.Message}");
        _logger.Error(reason, "{0} cannot read its journal and takes no part in the group", PersistenceId);
    }

    private void JournalFails(string reason)
    {
        var failure = new NodeFailed(reason, _ => new StorageFailed(reason, Outcome.Unknown));
        _lastWords.Change(failure.OpenOutcome, new StorageFailed(reason, Outcome.NotDone));
        Context.Parent.Tell(failure);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        AnswerAllPending();
        base.PostStop();
    }

    /// <summary>
    /// The last word to everybody who waits here: what was in the log may yet be applied, what was not never will be.
    /// What was committed is the state machine's to answer, and has been by now; what lies unread in its mailbox, or in
    /// this node's, the supervisor answers.
    /// </summary>
    private void AnswerAllPending()
    {
        _snapshots.AnswerAwaiting(_lastWords.NotDone);
        _restores.RefuseAll(_lastWords.NotDone);
        foreach (var pending in _proposals.TakeUncommitted())
        {
            pending.Client.Tell(_lastWords.OpenOutcome(pending.Index), Self);
        }

        _founding.AnswerClient(_lastWords.OpenOutcome(1));
        _handOver.End(new LeadershipTransferFailed("the node stops", Outcome.Unknown));
        _leader?.FailChange(_lastWords.OpenOutcome);
        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(_lastWords.NotDone, Self);
        }

        _leader?.Reads.RefuseAll(_lastWords.NotDone);
        _reading.Refuse(_lastWords.NotDone);
    }
}
