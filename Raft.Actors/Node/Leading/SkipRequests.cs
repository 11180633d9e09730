using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// An operator has the group skip a command at which every state machine throws, by an entry that says so. The leader takes that
/// only where no answer that a client got can become untrue.
/// </summary>
internal sealed class SkipRequests(ILeaderContext node, Leadership leadership, Followers followers, Intake intake, OwnState state)
{
    /// <summary>The request to skip an entry.</summary>
    public void On(SkipEntry request)
    {
        if (node.Log.Skips.Find(request.Index, request.Term) is { } known && known.At <= node.CommitIndex)
        {
            node.Tell(node.Sender, new EntrySkipped(known.Index, known.Term, known.At));
        }
        else if (WhyNot(request) is { } reason)
        {
            node.Logger.Warning(
                "{0} does not skip entry {1} of term {2} as {3} asks: {4}",
                node.Name, request.Index, request.Term, node.Sender.Path, reason);
            node.Tell(node.Sender, new SkipRefused(reason));
        }
        else
        {
            node.Logger.Warning(
                "{0} has the group skip entry {1} of term {2} by entry {3}, as {4} asks: {5}",
                node.Name, request.Index, request.Term, node.Log.LastIndex + 1, node.Sender.Path, node.StoppedAt!.InWords);
            var skip = SkippedEntry.Encode(request.Index, request.Term);
            intake.Accept(new Proposal(EntryKind.SkipEntry, skip, default, node.Sender));
        }
    }

    /// <summary>
    /// An entry is skipped only where no server of the group has applied it, so that no answer that a client got
    /// becomes untrue; and only where every server has announced in this term that it can read the skip. A voter that
    /// has not come to the entry may be about to apply it, unless it serves nobody: one that waits for a snapshot may
    /// wait for the skip (seed 740002303).
    /// </summary>
    private string? WhyNot(SkipEntry request)
    {
        var log = node.Log;
        return !leadership.Commitment.HasCommittedInTerm
                ? $"leader {node.Self} does not know yet what is committed; try again in a moment"
            : request.Index > node.CommitIndex ? $"entry {request.Index} is not committed; entries up to {node.CommitIndex} are"
            : request.Index <= state.LastApplied ? $"leader {node.Self} has applied the entries up to {state.LastApplied}"
            : log.TermAt(request.Index) != request.Term
                ? $"entry {request.Index} is of term {log.TermAt(request.Index)}, not of term {request.Term}"
            : node.StoppedAt is not { } fault
                ? $"the state machine of leader {node.Self} has not stopped at entry {request.Index}; "
                    + $"it has applied those up to {state.LastApplied}"
            : (fault.Index, fault.LastIndex) != (request.Index, request.Index)
                ? $"the state machine of leader {node.Self} throws at {fault.Place}"
            : log[request.Index].Kind is var kind && kind != EntryKind.Command
                ? $"entry {request.Index} is no command but a {kind}"
            : log.Skips.Find(request.Index, request.Term) is { } pending ? $"its skip by entry {pending.At} is not committed yet"
            : followers.Present
                .Select(follower => WhyNotFor(follower, request))
                .FirstOrDefault(static reason => reason is not null);
    }

    private string? WhyNotFor(Replication.FollowerActors follower, SkipEntry request)
    {
        var id = follower.Server.Id;
        return follower.Abilities is not { } abilities || follower.State is not { } report
                ? $"server {id} has not announced what it can read: is it down, or of an older version?"
            : abilities.HighestEntryKind < (byte)EntryKind.SkipEntry
                ? $"server {id} (version {abilities.Software}) cannot read a skip: upgrade it first"
            : report.LastApplied >= request.Index
                ? $"server {id} has applied entry {request.Index}: mend the servers that cannot"
            : node.Configuration.IsVoter(id) && report.StoppedAt != request.Index && follower.NotServing is null
                ? $"server {id} has applied entries up to {report.LastApplied} and has not stopped at entry {request.Index}; "
                    + "try again in a moment"
            : null;
    }
}
