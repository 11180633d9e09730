using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Node;

/// <summary>
/// A state machine that failed. At its first failure the node is started again, with a fresh state machine. When that one fails at
/// the same entry, the node stays up without a state: it votes, replicates and commits, so that the group can commit the skip of that entry. It tries
/// the entry again from time to time, because the cause may be gone.
/// </summary>
public sealed partial class RaftNode
{
    private StateMachineFault? _failed;
    private bool _waitsLonger;
    private (SkippedEntry Skip, IActorRef Client)? _pendingSkip;

    /// <summary>Whether the state is to be built anew, because a skip is committed.</summary>
    private bool _rebuilds;

    /// <summary>Up to where the state machine was given the log, whether it has come so far or not.</summary>
    private long _handedOut;

    /// <summary>What the entry's number and term are, for people and for <see cref="SkipEntry"/>.</summary>
    private string PlaceOf(StateMachineFault fault) => fault.Index == fault.LastIndex
        ? $"entry {fault.Index} of term {_log.TermAt(fault.Index)}"
        : $"one of the entries {fault.Index} to {fault.LastIndex}";

    private void OnStateMachineFault(StateMachineFault fault)
    {
        var reason = $"the state machine threw at {PlaceOf(fault)}: {fault.Cause.Message}";
        if (_environment.FailedBefore?.Holds(fault) == true && !_isStopping)
        {
            StayWithoutState(fault, reason);
            return;
        }

        _openOutcome = index => new StateMachineFailed(index, fault.Cause.Message, Outcome.Unknown);
        _notDone = new Unavailable(reason);
        Context.Parent.Tell(new NodeFailed(reason, _openOutcome) { Entries = fault.Entries });
        _logger.Error(fault.Cause, "{0} stops: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    private void StayWithoutState(StateMachineFault fault, string reason)
    {
        _failed = fault;
        _logger.Error(
            fault.Cause,
            "{0} stays up without a state, again {1}. Mend the software, or have the group skip the entry: docs/operations.md, \"A command that every state machine fails on\"",
            PersistenceId, reason);
        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(RefusalWithoutState(), Self);
        }

        Timers.StartSingleTimer(NodeTick.Retry, NodeTick.Retry, _settings.RestartMaxBackoff * (1 + _random.NextDouble()));
    }

    private StateMachineFailed RefusalWithoutState() => new(
        _failed!.Index, $"{_failed.Cause.Message}; nothing is taken until the software is mended or an operator skips the entry", Outcome.NotDone);

    /// <summary>The cause may be gone. A leader stays, unless there is nobody who could tell it that the entry can be applied.</summary>
    private void OnRetry()
    {
        if (_failed is not { } fault)
        {
            return;
        }

        if (_role == RaftRole.Leader && Lead.Followers.Exists(static follower => follower.Report is not null) && !Lead.Followers.Exists(IsOfOldVersion))
        {
            Timers.StartSingleTimer(NodeTick.Retry, NodeTick.Retry, _settings.RestartMaxBackoff);
            return;
        }

        RestartAtOnce($"it tries {PlaceOf(fault)} again");
    }

    private bool IsOfOldVersion(FollowerActors follower) => follower.Report is null && Lead.Lease.LastContact(follower.Server.Id) is not null;

    /// <summary>Ends this life of the node in good order; the next one builds a fresh state machine.</summary>
    private void RestartAtOnce(string reason)
    {
        _openOutcome = index => new StateMachineFailed(index, reason, Outcome.Unknown);
        _notDone = new Unavailable(reason);
        Context.Parent.Tell(new NodeFailed(reason, _openOutcome) { Entries = _failed?.Entries, IsWanted = true });
        _logger.Info("{0} starts again: {1}", PersistenceId, reason);
        Context.Stop(Self);
    }

    /// <summary>A leader without a state makes way for a voter that has applied what it failed at.</summary>
    private void HandOverWithoutState()
    {
        if (_failed is not { } fault || IsHandingOver)
        {
            return;
        }

        var better = Lead.Followers.Find(follower =>
            Configuration.IsVoter(follower.Server.Id) && follower.Report is { FailedAt: 0 } report && report.LastApplied >= fault.Index);
        if (better is not null)
        {
            BeginTransfer(better.Server.Id, null);
        }
    }

    /// <summary>Whether an election is left to those that have a state, this once.</summary>
    private bool LeavesElectionToOthers()
    {
        _waitsLonger = _failed is not null && !_waitsLonger;
        return _waitsLonger;
    }

    private void OnSkipRequest(SkipEntry request)
    {
        if (IsHandingOver)
        {
            Sender.Tell(RefusalOfNewWork(), Self);
        }
        else if (_log.Skips.Find(request.Index, request.Term) is { } known && known.At <= _commitIndex)
        {
            Sender.Tell(new EntrySkipped(known.Index, known.Term, known.At), Self);
        }
        else if (WhyNoSkip(request) is { } reason)
        {
            Sender.Tell(new SkipRefused(reason), Self);
        }
        else
        {
            var entry = NewEntry(EntryKind.SkipEntry, SkippedEntry.Encode(request.Index, request.Term), default);
            _logger.Warning("{0} has the group skip entry {1} of term {2}, as an operator asks, by entry {3}", PersistenceId, request.Index, request.Term, entry.Index);
            _pendingSkip = (new SkippedEntry(entry.Index, request.Index, request.Term), Sender);
            Append(entry);
        }
    }

    private string? WhyNoSkip(SkipEntry request) =>
        !Lead.Commitment.HasCommittedInTerm ? $"the leader has not committed an entry of its term {_currentTerm} yet; try again in a moment"
        : _pendingSkip is { } pending ? $"the skip of entry {pending.Skip.Index} is not committed yet"
        : _failed is not { } fault ? $"the state machine of leader {_self} has not failed at an entry; it has applied {_lastApplied}"
        : (fault.Index, _log.TermAt(fault.Index)) != (request.Index, request.Term)
            ? $"the state machine of leader {_self} failed at {PlaceOf(fault)}, and not at entry {request.Index} of term {request.Term}"
        : !IsMissingFromSnapshots(request.Index) ? $"entry {request.Index} is in a snapshot already"
        : Lead.Followers.Find(follower => follower.Report?.LastApplied >= request.Index) is { } other
            ? $"server {other.Server.Id} has applied entry {request.Index}: the failure is of server {_self} alone"
        : WhyNotReadable(EntryKind.SkipEntry);

    private bool IsMissingFromSnapshots(long index) => _snapshots.All(snapshot => snapshot.Index < index);

    /// <summary>An entry of this kind may be written only when every member has told that it reads it. Null: all have.</summary>
    private string? WhyNotReadable(EntryKind kind)
    {
        foreach (var follower in Lead.Followers)
        {
            if (follower.Report?.Abilities is not { } abilities)
            {
                return $"server {follower.Server.Id} has not told what it can read; is it down, or of an older version?";
            }

            if (abilities.HighestEntryKind < kind)
            {
                return $"server {follower.Server.Id} ({abilities.Software}) cannot read an entry of the kind {kind}; upgrade it first";
            }
        }

        return null;
    }

    /// <summary>
    /// A skip counts. A state that was made with the entry, or that stopped at it, is built anew without it. False where that has to be
    /// before anything more is applied.
    /// </summary>
    private bool OnSkipsCommitted(long before, long now)
    {
        var isWrong = false;
        foreach (var skip in _log.Skips.Committed(now))
        {
            if (skip.At <= before)
            {
                continue;
            }

            _logger.Warning("{0} knows entry {1} of term {2} to be skipped, by entry {3}", PersistenceId, skip.Index, skip.Term, skip.At);
            if (_pendingSkip is var (pending, client) && pending == skip)
            {
                _pendingSkip = null;
                client.Tell(new EntrySkipped(skip.Index, skip.Term, skip.At), Self);
            }

            _rebuilds |= _failed is not null;
            isWrong |= _failed is null && _handedOut >= skip.Index;
        }

        if (isWrong)
        {
            // Nobody is to be answered from this state any more.
            RestartAtOnce("its state was made with an entry that is skipped");
        }

        RebuildIfFree();
        return !isWrong;
    }

    /// <summary>A leader goes on until another one has a state, so that the others learn of the skip from it.</summary>
    private void RebuildIfFree()
    {
        if (_rebuilds && (_role != RaftRole.Leader || Configuration.Voters is [_]))
        {
            _rebuilds = false;
            Self.Tell(NodeTick.Rebuild);
        }
    }

    private void AnswerPendingSkip(RaftFailure answer)
    {
        _pendingSkip?.Client.Tell(answer, Self);
        _pendingSkip = null;
    }

    /// <summary>Hands the state machine what is committed, as far as it is known what of it is to be applied.</summary>
    private void HandOut(ImmutableArray<PendingReply> replies)
    {
        if (_hasState || _restoring is not null)
        {
            var limit = _log.Skips.Limit(_commitIndex);
            _handedOut = Math.Max(_handedOut, limit);
            _stateMachine.Tell(new ApplyCommitted(_log.View, limit, replies) { Skips = _log.Skips.Committed(_commitIndex) }, Self);
        }
    }
}
