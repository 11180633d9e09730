using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Dispatch;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// What a node does when its state machine throws (docs/architecture.md, When a state machine throws). At the first time it
/// starts again with a fresh state machine. Where that one throws at the same entry, the node stays up without a state: it
/// votes, replicates and commits, so that the group can decide to skip the entry.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>The entry at which the state machine threw in two lives in a row; null while it has not.</summary>
    private StateMachineFault? _stoppedAt;

    /// <summary>Whether an election was left to servers that have a state since a leader was heard last.</summary>
    private bool _hasWaitedLonger;

    /// <summary>Up to where the state machine was given the log, whether it has come so far or not.</summary>
    private long _handedOut;

    /// <summary>Why this server does without a state. The same words in every life.</summary>
    private string? StoppedInWords => _stoppedAt is { } fault
        ? $"{fault.InWords}. Mend the state machine, or have the group skip the entry "
            + "(docs/operations.md, A command that no state machine can apply)"
        : null;

    private void OnStateMachineFault(StateMachineFault fault)
    {
        var before = _environment.FailedBefore;
        var failed = fault.Entries with { Times = before?.Holds(fault) == true ? before.Times + 1 : 1 };
        if (failed.Times > 1 && !_isStopping)
        {
            StayWithoutState(fault, failed.Times);
            return;
        }

        _openOutcome = index => new StateMachineFailed(index, fault.Cause.Message, Outcome.Unknown);
        _notDone = new Unavailable(fault.InWords);
        Context.Parent.Tell(new NodeFailed(fault.InWords, _openOutcome) { Entries = failed });
        _logger.Error(fault.Cause, "{0} stops, and starts again with a fresh state machine: {1}", PersistenceId, fault.InWords);
        Context.Stop(Self);
    }

    /// <summary>
    /// Another life would end in the same way. What waits here is refused at once, for nobody knows how long this takes.
    /// </summary>
    private void StayWithoutState(StateMachineFault fault, int times)
    {
        _stoppedAt = fault;
        _logger.Error(fault.Cause, "{0} stays up without a state: {1}", PersistenceId, StoppedInWords);
        var refusal = new Unavailable(StoppedInWords!);
        _leader?.RefuseReads(refusal);
        PendingReads.Refuse(this, _followerReads.TakeWhere(static _ => true), refusal);
        _restores.RefuseAll(refusal);
        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(refusal, Self);
        }

        FreeIntake();
        var shortest = 6 * _settings.RestartMaxBackoff;
        StartRetryTimer(Backoff.Exponential(shortest, 60 * shortest, times - 1, _random));
        RebuildIfSkipped(fault);
    }

    /// <summary>
    /// The state machine has told those whose commands are committed, and applies none of them: they take no room.
    /// </summary>
    private void FreeIntake()
    {
        if (_stoppedAt is not null)
        {
            _proposals.Applied(_commitIndex, Now);
        }
    }

    private void StartRetryTimer(TimeSpan pause) => Timers.StartSingleTimer(NodeTick.Retry, NodeTick.Retry, pause);

    /// <summary>
    /// The cause may be gone, as a full disk may. It is tried again at growing pauses, of a minute and more. A leader leaves
    /// that to its followers, and makes way when one of them has come further.
    /// </summary>
    private void OnRetry()
    {
        if (_stoppedAt is not { } fault)
        {
            return;
        }

        if (_role == RaftRole.Leader && Configuration.Voters is not [_])
        {
            StartRetryTimer(_settings.RestartMaxBackoff);
            return;
        }

        RestartAtOnce($"it tries again to apply {fault.Place}");
    }

    /// <summary>
    /// Ends this life of the node in good order. The next one builds its state anew, with a fresh state machine.
    /// </summary>
    private void RestartAtOnce(string reason)
    {
        _openOutcome = index => new StateMachineFailed(index, reason, Outcome.Unknown);
        _notDone = new Unavailable(reason);
        var failed = _stoppedAt?.Entries;
        Context.Parent.Tell(new NodeFailed(reason, _openOutcome)
        {
            Entries = failed is null ? null : failed with { Times = _environment.FailedBefore!.Times + 1 },
            IsWanted = true,
        });
        _logger.Info("{0} starts again: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    /// <summary>Whether an election is left to those that have a state, this once.</summary>
    private bool LeavesElectionToOthers()
    {
        _hasWaitedLonger = _stoppedAt is not null && !_hasWaitedLonger;
        return _hasWaitedLonger;
    }

    /// <summary>Hands the state machine what is committed, as far as it is known what of it is to be applied, and supported.</summary>
    private void HandOut(ImmutableArray<PendingReply> replies)
    {
        if (_hasState || _restoring is not null)
        {
            var limit = Supported(_log.Skips.Limit(_commitIndex));
            _handedOut = Math.Max(_handedOut, limit);
            var skips = _log.Skips.Committed(_commitIndex);
            _stateMachine.Tell(new ApplyCommitted(_log.View, limit, replies) { Skips = skips }, Self);
        }
    }
}
