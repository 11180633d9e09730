using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// How a group gets past a command at which every state machine throws: by an entry that says that the command is skipped. It
/// counts once it is committed. Then each server whose state was made with the command, or stopped at it, builds its state anew
/// without it (<see cref="SkippedEntries"/>).
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>Whether the state is to be built anew as soon as this server does not lead.</summary>
    private bool _rebuilds;

    /// <summary>Whether committed entries are not applied, because it is not known yet whether one of them is skipped.</summary>
    private bool IsHeldBack => _log.Skips.Limit(_commitIndex) < _commitIndex;

    private void OnSkipRequest(SkipEntry request)
    {
        if (_log.Skips.Find(request.Index, request.Term) is { } known && known.At <= _commitIndex)
        {
            Sender.Tell(new EntrySkipped(known.Index, known.Term, known.At), Self);
        }
        else if (WhyNotSkipped(request) is { } reason)
        {
            _logger.Warning(
                "{0} does not skip entry {1} of term {2} as {3} asks: {4}",
                PersistenceId, request.Index, request.Term, Sender.Path, reason);
            Sender.Tell(new SkipRefused(reason), Self);
        }
        else
        {
            _logger.Warning(
                "{0} has the group skip entry {1} of term {2} by entry {3}, as {4} asks: {5}",
                PersistenceId, request.Index, request.Term, _log.LastIndex + 1, Sender.Path, _stoppedAt!.InWords);
            Accept(new Proposal(EntryKind.SkipEntry, SkippedEntry.Encode(request.Index, request.Term), default, Sender));
        }
    }

    /// <summary>
    /// An entry is skipped only where no server of the group has applied it, so that no answer that a client got becomes
    /// untrue; and only where every server has announced in this term that it can read the skip. A voter that has not come to the entry may be
    /// about to apply it, unless it serves nobody: one that waits for a snapshot may wait for the skip (seed 740002303).
    /// </summary>
    private string? WhyNotSkipped(SkipEntry request) =>
        !Lead.Commitment.HasCommittedInTerm ? $"leader {_self} does not know yet what is committed; try again in a moment"
        : request.Index > _commitIndex ? $"entry {request.Index} is not committed; entries up to {_commitIndex} are"
        : request.Index <= _lastApplied ? $"leader {_self} has applied the entries up to {_lastApplied}"
        : _log.TermAt(request.Index) != request.Term
            ? $"entry {request.Index} is of term {_log.TermAt(request.Index)}, not of term {request.Term}"
        : _stoppedAt is not { } fault
            ? $"the state machine of leader {_self} has not stopped at entry {request.Index}; it has applied those up to {_lastApplied}"
        : (fault.Index, fault.LastIndex) != (request.Index, request.Index)
            ? $"the state machine of leader {_self} throws at {fault.Place}"
        : _log[request.Index].Kind != EntryKind.Command ? $"entry {request.Index} is no command but a {_log[request.Index].Kind}"
        : _log.Skips.Find(request.Index, request.Term) is { } pending ? $"its skip by entry {pending.At} is not committed yet"
        : WhyNotSkippedByFollowers(request);

    private string? WhyNotSkippedByFollowers(SkipEntry request)
    {
        foreach (var follower in Lead.Followers)
        {
            var id = follower.Server.Id;
            var reason = follower.Abilities is not { } abilities || follower.State is not { } state
                    ? $"server {id} has not announced what it can read: is it down, or of an older version?"
                : abilities.HighestEntryKind < (byte)EntryKind.SkipEntry
                    ? $"server {id} (version {abilities.Software}) cannot read a skip: upgrade it first"
                : state.LastApplied >= request.Index
                    ? $"server {id} has applied entry {request.Index}: mend the servers that cannot"
                : Configuration.IsVoter(id) && state.StoppedAt != request.Index && follower.NotServing is null
                    ? $"server {id} has applied entries up to {state.LastApplied} and has not stopped at entry {request.Index}; "
                        + "try again in a moment"
                : null;
            if (reason is not null)
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>
    /// Skips are committed. Those who asked are told here, for the state machine of a leader that skips answers nobody. False
    /// where the state was made with an entry that is skipped: then this life of the node is over, and nobody is answered from
    /// that state any more.
    /// </summary>
    private bool OnSkipsCommitted(long before, ref ImmutableArray<PendingReply> replies)
    {
        var isWrong = false;
        foreach (var skip in _log.Skips.CommittedBetween(before, _commitIndex))
        {
            _logger.Warning("{0} skips entry {1} of term {2}, by entry {3}", PersistenceId, skip.Index, skip.Term, skip.At);
            foreach (var pending in replies.Where(pending => pending.Index == skip.At))
            {
                pending.Client.Tell(new EntrySkipped(skip.Index, skip.Term, skip.At), Self);
            }

            replies = replies.RemoveAll(pending => pending.Index == skip.At);
            if (_stoppedAt is { } fault)
            {
                RebuildIfSkipped(fault);
            }
            else if (_handedOut >= skip.Index)
            {
                _logger.Error(
                    "{0} has applied entry {1}, which the group skips: it gives up its state and builds it anew",
                    PersistenceId, skip.Index);
                isWrong = true;
            }
        }

        if (isWrong)
        {
            foreach (var pending in replies)
            {
                var answer = new StateMachineFailed(pending.Index, "an entry before it is skipped", Outcome.Unknown);
                pending.Client.Tell(answer, Self);
            }

            RestartAtOnce("its state was made with an entry that is skipped");
        }

        return !isWrong;
    }

    private void RebuildIfSkipped(StateMachineFault fault)
    {
        _rebuilds |= _log.Skips.Committed(_commitIndex).Any(skip => skip.Index >= fault.Index && skip.Index <= fault.LastIndex);
        RebuildIfFree();
    }

    /// <summary>
    /// A leader goes on until another server has a state, so that the others learn from it that the skip is committed.
    /// </summary>
    private void RebuildIfFree()
    {
        if (_rebuilds && (_role != RaftRole.Leader || Configuration.Voters is [_]))
        {
            _rebuilds = false;
            Self.Tell(NodeTick.Rebuild);
        }
    }
}
