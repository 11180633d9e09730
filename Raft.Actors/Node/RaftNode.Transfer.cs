using Akka.Actor;
using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Hands leadership to another server without waiting for an election timeout (dissertation 3.10): when an operator asks for it, when the
/// leader shuts down in good order, and when it has taken its own vote away.
/// </summary>
public sealed partial class RaftNode
{
    private LeadershipTransfer? _transfer;
    private bool _shutsDownNext;

    /// <summary>Whether this leader takes nothing new because another is about to lead.</summary>
    private bool IsHandingOver => _role == RaftRole.Leader && _transfer?.Term == _currentTerm;

    private void OnTransferRequest(TransferLeadership request)
    {
        if (IsHandingOver)
        {
            Sender.Tell(RefusalOfNewWork(), Self);
            return;
        }

        var to = request.To.IsNone ? BestSuccessor() : request.To;
        var reason = to.IsNone ? "no other voter is heard"
            : to == _self ? $"{to} leads already"
            : !Configuration.Contains(to) ? $"server {to} is not a member ({Configuration})"
            : !Configuration.IsVoter(to) ? $"server {to} does not vote"
            : null;
        if (reason is not null)
        {
            Sender.Tell(new LeadershipTransferFailed(reason, Outcome.NotDone), Self);
            return;
        }

        BeginTransfer(to, Sender);
    }

    /// <summary>A leader that is told to stop hands over first, so that the group need not wait for an election timeout.</summary>
    private void OnShutdown()
    {
        if (_shutsDownNext)
        {
            return;
        }

        _shutsDownNext = true;
        var to = _role == RaftRole.Leader && !IsJournalStalled ? BestSuccessor() : default;
        if (to.IsNone)
        {
            BecomeStopping();
        }
        else if (_transfer is null)
        {
            BeginTransfer(to, null);
        }
    }

    private ServerId BestSuccessor()
    {
        var now = Now;
        return LeadershipTransfer.Choose(Lead.Followers
            .Where(follower => Configuration.IsVoter(follower.Server.Id, follower.KnownJournal) && follower.NotServing is null)
            .Select(follower => (follower.Server.Id, MatchIndex: follower.Progress?.MatchIndex ?? 0))
            .Select(follower => (
                follower.Id,
                follower.MatchIndex,
                Lead.Lease.IsHeard(follower.Id, hasConfirmed: follower.MatchIndex > 0, now, _settings.LeaderLeaseTimeout))));
    }

    private void BeginTransfer(ServerId to, IActorRef? client)
    {
        _logger.Info("{0} hands leadership of term {1} to {2}", PersistenceId, _currentTerm, to);
        _transfer = new LeadershipTransfer(to, client, _currentTerm, Now + _settings.ElectionTimeout);
        Timers.StartSingleTimer(NodeTick.Transfer, NodeTick.Transfer, _settings.ElectionTimeout);
        foreach (var waiting in _proposals.TakeWaiting())
        {
            waiting.Tell(RefusalOfNewWork(), Self);
        }

        TellSuccessor();
    }

    /// <summary>
    /// Once the server has all of the log it is told; again at each tick, for the message may be lost, and a second one does nothing. Not before all is
    /// committed, so that nobody whose command was taken is left without an answer.
    /// </summary>
    private void TellSuccessor()
    {
        if (IsHandingOver && _commitIndex == _log.LastIndex && Lead.Find(_transfer!.To) is { Progress: { } progress } follower && progress.MatchIndex == _log.LastIndex)
        {
            _transfer.IsTold = true;
            Lead.HasToldSuccessor = true;
            _environment.Peers.Resolve(follower.Server).Tell(new TimeoutNow(HeaderTo(_transfer.To)), Self);
        }
    }

    /// <summary>A leader without a vote tells the best of those that vote, on its way out.</summary>
    private void TellBestSuccessor()
    {
        if (Configuration.Find(BestSuccessor()) is { } successor)
        {
            Lead.HasToldSuccessor = true;
            _environment.Peers.Resolve(successor).Tell(new TimeoutNow(HeaderTo(successor.Id)), Self);
        }
    }

    /// <summary>The leader asks this server to take over. An election at once, without a pre-vote, which those who hear the leader would refuse.</summary>
    private void OnTimeoutNow(TimeoutNow message)
    {
        if (message.Header.Term == _currentTerm && message.Header.From == _leaderId && _role == RaftRole.Follower
            && Configuration.IsVoter(_self, _identity.Journal) && _state.HasState && !_version.IsExceeded && !IsJournalStalled)
        {
            _logger.Info("{0} calls for an election: {1} hands over", PersistenceId, message.Header.From);
            BecomeCandidate(leadershipTransfer: true);
        }
    }

    private RaftFailure RefusalOfNewWork() =>
        _shutsDownNext ? new ShuttingDown(Outcome.NotDone) : new LeadershipTransferInProgress();

    /// <summary>Leadership ended, or a leader was heard: who waits for a transfer is told as soon as another leader is known.</summary>
    private void OnLeadershipMoved()
    {
        if (_transfer is { } transfer && _role != RaftRole.Leader && !_leaderId.IsNone && _currentTerm > transfer.Term)
        {
            EndTransfer(new LeadershipTransferred(_leaderId, _currentTerm));
        }

        if (_shutsDownNext && _role != RaftRole.Leader)
        {
            // Behind what is being handled: the vote that ended the leadership is still to be given.
            Self.Tell(NodeTick.ShutDown);
        }
    }

    private void OnTransferTimeout()
    {
        if (_transfer is { } transfer)
        {
            var reason = transfer.IsTold ? $"{transfer.To} was not elected in time" : $"{transfer.To} was not brought up to date in time";
            EndTransfer(new LeadershipTransferFailed(reason, transfer.IsTold ? Outcome.Unknown : Outcome.NotDone));
        }

        if (_shutsDownNext)
        {
            BecomeStopping();
        }
    }

    private void EndTransfer(object answer)
    {
        _transfer?.Client?.Tell(answer, Self);
        _transfer = null;
        Timers.Cancel(NodeTick.Transfer);
    }
}
