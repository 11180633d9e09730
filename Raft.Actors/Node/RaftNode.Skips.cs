using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// How a group gets past a command at which every state machine throws: by an entry that says that the command is skipped. It
/// counts once it is committed. Then each server whose state was made with the command, or stopped at it, builds its state anew
/// without it (<see cref="SkippedEntries"/>).
/// </summary>
public sealed partial class RaftNode
{
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
                PersistenceId, request.Index, request.Term, _log.LastIndex + 1, Sender.Path, _faults.StoppedAt!.InWords);
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
        : request.Index <= _state.LastApplied ? $"leader {_self} has applied the entries up to {_state.LastApplied}"
        : _log.TermAt(request.Index) != request.Term
            ? $"entry {request.Index} is of term {_log.TermAt(request.Index)}, not of term {request.Term}"
        : _faults.StoppedAt is not { } fault
            ? $"the state machine of leader {_self} has not stopped at entry {request.Index}; it has applied those up to {_state.LastApplied}"
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
}
