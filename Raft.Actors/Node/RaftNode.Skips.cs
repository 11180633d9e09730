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
