using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Node;

/// <summary>
/// What a node does when its state machine throws, and how the group gets past a command on which all of them throw
/// (docs/architecture.md, When a state machine throws).
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>How long a node stays without a state before it tries once more: the reason may have gone by itself.</summary>
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMinutes(1);

    private readonly SkipList _skips = new();

    // The entry at which the state machine failed for the second time. The node votes, replicates and commits without a state.
    private FailedEntry? _stoppedAt;

    private string? StoppedInWords => _stoppedAt is { } failed
        ? $"its state machine throws at entry {failed.Index} of term {failed.Term} ({failed.Reason}). "
            + "Mend it, or skip that entry (docs/operations.md)"
        : null;

    /// <summary>
    /// The state machine threw. A fresh one is built from the log in the node's next life. Where that one fails at the same
    /// entry, another life would not help: the node stays, so that the group can elect a leader and decide.
    /// </summary>
    private void OnStateMachineFault(StateMachineFault fault)
    {
        var failed = new FailedEntry(fault.Index, fault.Term, fault.Cause.Message, fault.IsExact);
        var reason = failed.InWords;
        Context.Parent.Tell(new NodeFailed(reason, index => new StateMachineFailed(index, fault.Cause.Message, Outcome.Unknown)) { Entry = failed });
        if (fault.IsExact && !_isStopping && _brokenSafety is null && failed.IsSameAs(_environment.FailedEntry))
        {
            _logger.Error(fault.Cause, "{0} goes on without a state: {1}", PersistenceId, reason);
            Context.Parent.Tell(NodeRecovered.Instance);
            StayWithoutState(failed);
            return;
        }

        _openOutcome = index => new StateMachineFailed(index, fault.Cause.Message, Outcome.Unknown);
        _notDone = new Unavailable(reason);
        _logger.Error(fault.Cause, "{0} stops: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    private void StayWithoutState(FailedEntry failed)
    {
        _stoppedAt = failed;
        _proposals.Applied(_commitIndex, Now);
        Timers.StartSingleTimer(NodeTick.StateMachine, NodeTick.StateMachine, TryAgainAfter);
        var unavailable = new Unavailable(StoppedInWords!);
        RefuseReads(_leadership?.Reads.TakeAll() ?? [], unavailable);
        RefuseReads(_followerReads.TakeWhere(static _ => true), unavailable);
        AnswerAwaitingCheck(unavailable);
        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(unavailable, Self);
        }

        if (_skips.All.Any(skip => skip.At <= _commitIndex && failed.Is(skip.Skipped)))
        {
            StartAnew($"entry {failed.Index} is skipped");
        }
    }

    /// <summary>Ends this life of the node: the next one builds the state from the log.</summary>
    private void StartAnew(string reason)
    {
        _notDone = new Unavailable(reason);
        Context.Parent.Tell(new NodeFailed(reason, static _ => new ShuttingDown(Outcome.Unknown)) { Entry = _environment.FailedEntry });
        _logger.Info("{0} starts anew: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    private void OnSkipRequest(SkipEntry request)
    {
        var skipped = new SkippedEntry(request.Index, request.Term);
        if (_stoppedAt is { } failed && WhyNotSkipped(failed, skipped) is null)
        {
            _logger.Warning(
                "{0}: {1} asks to skip entry {2} of term {3}, at which the state machine throws: {4}",
                PersistenceId, Sender.Path, skipped.Index, skipped.Term, failed.Reason);
            var client = Sender;
            Accept(new Proposal(EntryKind.SkipEntry, skipped.Encode(), default, client));
            return;
        }

        Sender.Tell(
            new SkipRefused(_stoppedAt is { } other
                ? WhyNotSkipped(other, skipped)!
                : $"the state machine of the leader ({_self}) has not failed there; a server that fails alone gets its state anew instead"),
            Self);
    }

    private string? WhyNotSkipped(FailedEntry failed, SkippedEntry skipped) =>
        !failed.Is(skipped) ? $"the state machine of the leader ({_self}) fails at entry {failed.Index} of term {failed.Term}"
        : _log[skipped.Index].Kind != EntryKind.Command ? $"entry {skipped.Index} is no command"
        : Configuration.Identity.IsNone ? "a server of an older version may be in the group, which cannot read a skip"
        : null;

    /// <summary>
    /// Skips are committed. Whoever asked is told here, for the state machine answers nobody any more. A snapshot behind
    /// the entry and before its skip can only hold what the entry did.
    /// </summary>
    private ImmutableArray<PendingReply> OnSkipsCommitted(long before, ImmutableArray<PendingReply> replies)
    {
        foreach (var skip in _skips.CommittedBetween(before, _commitIndex))
        {
            _logger.Warning("{0}: entry {1} says that entry {2} of term {3} is skipped", PersistenceId, skip.At, skip.Skipped.Index, skip.Skipped.Term);
            foreach (var pending in replies.Where(pending => pending.Index == skip.At))
            {
                pending.Client.Tell(new EntrySkipped(skip.At, skip.Skipped.Index), Self);
            }

            replies = replies.RemoveAll(pending => pending.Index == skip.At);
            if (_stoppedAt?.Is(skip.Skipped) == true)
            {
                Self.Tell(new SkipCommitted($"entry {skip.Skipped.Index} is skipped"));
            }
        }

        if (NewestSnapshot is { } newest && _skips.InState(newest.Index, _commitIndex) is { } applied)
        {
            Self.Tell(new AppliedThoughSkipped(
                $"the group skips entry {applied.Skipped.Index}, and this server's snapshot of entry {newest.Index} was made with it"));
        }

        return replies;
    }

    private void TellStateMachine(ImmutableArray<PendingReply> replies) => _stateMachine.Tell(
        new ApplyCommitted(_log.View, _skips.ApplicableUpTo(_commitIndex), replies) { Skips = _skips.CommittedBetween(0, _commitIndex) }, Self);
}
