using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>Restores by hand, as a leader takes their steps in. What becomes of them is decided where the log is applied (<see cref="StateReplacement"/>).</summary>
public sealed partial class RaftNode
{
    private readonly List<(long RestoreId, IActorRef Client)> _awaitingCheck = [];

    private void ProposeRestore(RestoreRequest request)
    {
        switch (request)
        {
            case BeginRestore { Bytes: <= 0 } or RestoreBlock { Bytes.IsEmpty: true }:
                Sender.Tell(new InvalidRequest("there is nothing to restore"), Self);
                break;
            case BeginRestore begin when begin.Bytes > _settings.Snapshots.MaxRestoreBytes:
                Sender.Tell(new TooLarge(begin.Bytes, _settings.Snapshots.MaxRestoreBytes), Self);
                break;
            case BeginRestore:
                ProposeStep(EntryKind.BeginRestore, request, Sender);
                break;
            case RestoreBlock block when block.Bytes.Length > _settings.Intake.MaxCommandBytes:
                Sender.Tell(new TooLarge(block.Bytes.Length, _settings.Intake.MaxCommandBytes), Self);
                break;
            case RestoreBlock:
                ProposeStep(EntryKind.RestoreBlock, request, Sender);
                break;
            case CompleteRestore when !Lead.Commitment.HasCommittedInTerm:
                Sender.Tell(new Unavailable("the leader does not know yet what is committed"), Self);
                break;
            case CompleteRestore when _awaitingCheck.Count >= _settings.Intake.MaxReadsWaiting:
                Sender.Tell(new Overloaded(_awaitingCheck.Count, PendingRead.RetryAfter), Self);
                break;
            case CompleteRestore complete:
                // Where nobody can read the content it must not be completed, for that would stop every state machine.
                // It takes a while, and copies of the request wait for the same check.
                if (!_awaitingCheck.Exists(waiting => waiting.RestoreId == complete.RestoreId))
                {
                    _state.Tell(new CheckReplacement(complete.RestoreId));
                }

                _awaitingCheck.Add((complete.RestoreId, Sender));
                break;
        }
    }

    private void OnReplacementChecked(ReplacementChecked result)
    {
        var waiting = _awaitingCheck.FindAll(waiting => waiting.RestoreId == result.RestoreId);
        _awaitingCheck.RemoveAll(waiting => waiting.RestoreId == result.RestoreId);
        var answer = result.Answer
            ?? (_role != RaftRole.Leader ? new NotLeader(_leaderId, LeaderAddress) : IsHandingOver ? RefusalOfNewWork() : null);
        foreach (var (restoreId, client) in waiting)
        {
            if (answer is not null)
            {
                client.Tell(answer, Self);
            }
            else
            {
                ProposeStep(EntryKind.CompleteRestore, new CompleteRestore(restoreId) { IsChecked = result.IsWhole }, client);
            }
        }
    }

    private void ProposeStep(EntryKind kind, RestoreRequest step, IActorRef client) =>
        Propose(new Proposal(kind, RestoreFormat.Encode(step), default, client), enqueueTimeout: null);

    private void AnswerAwaitingCheck(RaftFailure answer)
    {
        foreach (var (_, client) in _awaitingCheck)
        {
            client.Tell(answer, Self);
        }

        _awaitingCheck.Clear();
    }
}
