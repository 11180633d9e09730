using System.Collections.Immutable;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Dispatch;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Machine;

/// <summary>
/// What a node does when its state machine throws (docs/architecture.md, When a state machine throws). The first time it starts
/// again with a fresh state machine. Where that one throws at the same entry, the node stays up without a state: it votes,
/// replicates and commits, so that the group can decide to skip the entry. Once a skip is committed, each server whose state was
/// made with the entry, or stopped at it, builds its state anew without it (<see cref="Log.SkippedEntries"/>).
/// </summary>
/// <param name="node">The node.</param>
/// <param name="state">The state of its state machine.</param>
/// <param name="failedBefore">Where the state machine threw in an earlier life; null where it did not.</param>
internal sealed class MachineFaults(INodeContext node, OwnState state, FailedEntries? failedBefore)
{
    // Whether an election was left to servers that have a state since a leader was heard last.
    private bool _hasWaitedLonger;

    // Whether the state is to be built anew as soon as this server does not lead.
    private bool _rebuilds;

    /// <summary>The entry at which the state machine threw in two lives in a row; null while it has not.</summary>
    public StateMachineFault? StoppedAt { get; private set; }

    /// <summary>Why this server does without a state. The same words in every life.</summary>
    public string? StoppedInWords => StoppedAt is { } fault
        ? $"{fault.InWords}. Mend the state machine, or have the group skip the entry "
            + "(docs/operations.md, A command that no state machine can apply)"
        : null;

    private bool IsAlone => node.Configuration.Voters is [_];

    /// <summary>The state machine has thrown. A node that is stopping anyway does not stay.</summary>
    public void OnFault(StateMachineFault fault, bool isStopping)
    {
        var failed = fault.Entries with { Times = failedBefore?.Holds(fault) == true ? failedBefore.Times + 1 : 1 };
        if (failed.Times > 1 && !isStopping)
        {
            StayWithoutState(fault, failed.Times);
            return;
        }

        node.Fail(
            new NodeFailed(fault.InWords, index => new StateMachineFailed(index, fault.Cause.Message, Outcome.Unknown))
            {
                Entries = failed,
            },
            new Unavailable(fault.InWords));
        node.Logger.Error(fault.Cause, "{0} stops, and starts again with a fresh state machine: {1}", node.Name, fault.InWords);
        node.StopSelf();
    }

    /// <summary>
    /// Another life would end in the same way. What waits here is refused at once: nobody knows how long this takes.
    /// </summary>
    private void StayWithoutState(StateMachineFault fault, int times)
    {
        StoppedAt = fault;
        node.Logger.Error(fault.Cause, "{0} stays up without a state: {1}", node.Name, StoppedInWords);
        node.RefuseWaiting(new Unavailable(StoppedInWords!));
        var shortest = 6 * node.Settings.RestartMaxBackoff;
        StartRetryTimer(Backoff.Exponential(shortest, 60 * shortest, times - 1, node.Random));
        RebuildIfSkipped(fault);
    }

    private void StartRetryTimer(TimeSpan pause) => node.Timers.StartSingleTimer(NodeTick.Retry, NodeTick.Retry, pause);

    /// <summary>Handles the time to try again, and the time to build the state anew.</summary>
    /// <returns>False where the message is about something else.</returns>
    public bool Handle(object message)
    {
        switch (message)
        {
            case NodeTick.Retry:
                OnRetry();
                return true;
            case NodeTick.Rebuild:
                node.WhenDurable(() => RestartAtOnce("it builds its state anew, without a skipped entry"));
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// The cause may be gone, as a full disk may. It is tried again at growing pauses, of a minute and more. A leader leaves that
    /// to its followers, and makes way when one of them has come further.
    /// </summary>
    private void OnRetry()
    {
        if (StoppedAt is not { } fault)
        {
            return;
        }

        if (node.Role == RaftRole.Leader && !IsAlone)
        {
            StartRetryTimer(node.Settings.RestartMaxBackoff);
            return;
        }

        RestartAtOnce($"it tries again to apply {fault.Place}");
    }

    /// <summary>
    /// Ends this life of the node in good order. The next one builds its state anew, with a fresh state machine.
    /// </summary>
    public void RestartAtOnce(string reason)
    {
        var failed = StoppedAt?.Entries;
        node.Fail(
            new NodeFailed(reason, index => new StateMachineFailed(index, reason, Outcome.Unknown))
            {
                Entries = failed is null ? null : failed with { Times = failedBefore!.Times + 1 },
                IsWanted = true,
            },
            new Unavailable(reason));
        node.Logger.Info("{0} starts again: {1}", node.Name, reason);
        node.StopSelf();
    }

    /// <summary>A leader is heard.</summary>
    public void HearLeader() => _hasWaitedLonger = false;

    /// <summary>Whether a server without a state leaves an election to those that have one, this once.</summary>
    public bool LeavesElectionToOthers()
    {
        _hasWaitedLonger = StoppedAt is not null && !_hasWaitedLonger;
        return _hasWaitedLonger;
    }

    /// <summary>
    /// Skips are committed. Those who asked are told here, as the state machine of a leader that skips answers nobody. Where the
    /// state was made with an entry that is skipped, this life of the node is over, and nobody is answered from that state.
    /// </summary>
    /// <param name="before">Up to where the log was committed before.</param>
    /// <param name="replies">Who waits for which entry; those who asked for a skip are taken out.</param>
    /// <returns>Whether the state stands.</returns>
    public bool OnSkipsCommitted(long before, ref ImmutableArray<PendingReply> replies)
    {
        var isWrong = false;
        foreach (var skip in node.Log.Skips.CommittedBetween(before, node.CommitIndex))
        {
            node.Logger.Warning("{0} skips entry {1} of term {2}, by entry {3}", node.Name, skip.Index, skip.Term, skip.At);
            foreach (var pending in replies.Where(pending => pending.Index == skip.At))
            {
                node.Tell(pending.Client, new EntrySkipped(skip.Index, skip.Term, skip.At));
            }

            replies = replies.RemoveAll(pending => pending.Index == skip.At);
            if (StoppedAt is { } fault)
            {
                RebuildIfSkipped(fault);
            }
            else if (state.HandedOut >= skip.Index)
            {
                node.Logger.Error(
                    "{0} has applied entry {1}, which the group skips: it gives up its state and builds it anew",
                    node.Name, skip.Index);
                isWrong = true;
            }
        }

        if (isWrong)
        {
            foreach (var pending in replies)
            {
                var answer = new StateMachineFailed(pending.Index, "an entry before it is skipped", Outcome.Unknown);
                node.Tell(pending.Client, answer);
            }

            RestartAtOnce("its state was made with an entry that is skipped");
        }

        return !isWrong;
    }

    private void RebuildIfSkipped(StateMachineFault fault)
    {
        var skips = node.Log.Skips.Committed(node.CommitIndex);
        _rebuilds |= skips.Any(skip => skip.Index >= fault.Index && skip.Index <= fault.LastIndex);
        RebuildIfFree();
    }

    /// <summary>
    /// A leader goes on until another server has a state, so that the others learn from it that the skip is committed.
    /// </summary>
    public void RebuildIfFree()
    {
        if (_rebuilds && (node.Role != RaftRole.Leader || IsAlone))
        {
            _rebuilds = false;
            node.TellSelf(NodeTick.Rebuild);
        }
    }
}
