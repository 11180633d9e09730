using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Restores by hand, as a leader takes their steps in. What becomes of them is decided where the log is applied
/// (<see cref="StateReplacement"/>).
/// </summary>
/// <remarks>It outlives the leadership: the state machine's check of a content may end after it.</remarks>
internal sealed class RestoreRequests(INodeContext node, OwnState state, HandOver handOver)
{
    private readonly List<(long RestoreId, IActorRef Client)> _awaitingCheck = [];

    /// <summary>A step of a restore, at a leader.</summary>
    public void Propose(RestoreRequest request, Intake intake, bool hasCommittedInTerm)
    {
        var (sender, settings) = (node.Sender, node.Settings);
        switch (request)
        {
            case BeginRestore { Bytes: <= 0 } or RestoreBlock { Bytes.IsEmpty: true }:
                node.Tell(sender, new InvalidRequest("there is nothing to restore"));
                break;
            case BeginRestore begin when begin.Bytes > settings.Snapshots.MaxRestoreBytes:
                node.Tell(sender, new TooLarge(begin.Bytes, settings.Snapshots.MaxRestoreBytes));
                break;
            case BeginRestore:
                ProposeStep(intake, EntryKind.BeginRestore, request, sender);
                break;
            case RestoreBlock block when block.Bytes.Length > settings.Intake.MaxCommandBytes:
                node.Tell(sender, new TooLarge(block.Bytes.Length, settings.Intake.MaxCommandBytes));
                break;
            case RestoreBlock:
                ProposeStep(intake, EntryKind.RestoreBlock, request, sender);
                break;
            case CompleteRestore when !hasCommittedInTerm:
                node.Tell(sender, new Unavailable("the leader does not know yet what is committed"));
                break;
            case CompleteRestore when _awaitingCheck.Count >= settings.Intake.MaxReadsWaiting:
                node.Tell(sender, new Overloaded(_awaitingCheck.Count, Replication.PendingRead.RetryAfter));
                break;
            case CompleteRestore complete:
                // Where nobody can read the content it must not be completed: that would stop every state machine.
                // The check takes a while, and copies of the request wait for the same one.
                if (!_awaitingCheck.Exists(waiting => waiting.RestoreId == complete.RestoreId))
                {
                    state.Tell(new CheckReplacement(complete.RestoreId));
                }

                _awaitingCheck.Add((complete.RestoreId, sender));
                break;
        }
    }

    /// <summary>The state machine has looked at the content of a restore.</summary>
    /// <param name="result">What it found.</param>
    /// <param name="intake">The leader's intake; null where this server does not lead any more.</param>
    public void OnReplacementChecked(ReplacementChecked result, Intake? intake)
    {
        var waiting = _awaitingCheck.FindAll(waiting => waiting.RestoreId == result.RestoreId);
        _awaitingCheck.RemoveAll(waiting => waiting.RestoreId == result.RestoreId);
        var answer = result.Answer
            ?? (intake is null ? new NotLeader(node.LeaderId, node.LeaderAddress)
                : handOver.IsUnderWay ? handOver.RefusalOfNewWork()
                : null);
        foreach (var (restoreId, client) in waiting)
        {
            if (answer is not null)
            {
                node.Tell(client, answer);
            }
            else
            {
                var complete = new CompleteRestore(restoreId) { IsChecked = result.IsWhole };
                ProposeStep(intake!, EntryKind.CompleteRestore, complete, client);
            }
        }
    }

    /// <summary>Tells all that wait for a check that it does not come.</summary>
    public void RefuseAll(RaftFailure reason)
    {
        foreach (var (_, client) in _awaitingCheck)
        {
            node.Tell(client, reason);
        }

        _awaitingCheck.Clear();
    }

    private static void ProposeStep(Intake intake, EntryKind kind, RestoreRequest step, IActorRef client) =>
        intake.Propose(new Proposal(kind, RestoreFormat.Encode(step), default, client), enqueueTimeout: null);
}
