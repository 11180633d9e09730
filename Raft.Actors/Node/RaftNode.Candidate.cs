using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>Candidate: votes for itself and asks the others (figure 3.1, candidates).</summary>
public sealed partial class RaftNode
{
    private void BecomeCandidate(bool leadershipTransfer)
    {
        _leaderSeen.Change(default);
        EnterTerm(_hardState.Term + 1, votedFor: OwnId);
        _snapshots.Installation.AbandonReceived();
        _campaign.Begin(Configuration.Voters);
        _campaign.BeginTimer(_settings.ElectionTimeout);
        BecomeRole(RaftRole.Candidate, Candidate);

        // Its own vote counts, and the others are asked, when term and vote are on the disk.
        var term = _hardState.Term;
        _journal.WhenDurable(() =>
        {
            if (_role == RaftRole.Candidate && _hardState.Term == term)
            {
                AskForVotes(leadershipTransfer);
            }
        });
    }

    private void AskForVotes(bool leadershipTransfer)
    {
        _logger.Debug("{0} asks for votes in term {1}", PersistenceId, _hardState.Term);
        _campaign.Ask("votes", to => new RequestVote(HeaderTo(to), _log.LastIndex, _log.LastTerm, leadershipTransfer));
        if (_campaign.Record(OwnId, granted: true))
        {
            BecomeLeader();
        }
    }

    private bool Candidate(object message)
    {
        switch (message)
        {
            case VoteResponse response:
                OnVoteResponse(response);
                return true;
            case NodeTick.Election:
                // When it is due nobody won: votes were split or lost. It asks first whether another try is worth a term.
                OnElectionTick();
                return true;
            default:
                return false;
        }
    }

    private void OnVoteResponse(VoteResponse response)
    {
        if (response.Header.Term > _hardState.Term)
        {
            StepDownTo(response.Header.Term);
        }
        else if (response.Header.Term == _hardState.Term
            && _identity.Counts(response.Header)
            && _campaign.Record(response.Header.From, response.Granted))
        {
            BecomeLeader();
        }
    }

    /// <summary>
    /// The leader asks this server to take over. An election at once, without a pre-vote, which those who hear the
    /// leader would refuse.
    /// </summary>
    private void OnTimeoutNow(TimeoutNow message)
    {
        if (message.Header.Term == _hardState.Term && message.Header.From == _leaderSeen.Id && _role == RaftRole.Follower
            && Configuration.IsVoter(OwnId, _identity.Journal) && _state.HasState && !_state.Version.IsExceeded
            && !IsJournalStalled)
        {
            _logger.Info("{0} calls for an election: {1} hands over", PersistenceId, message.Header.From);
            BecomeCandidate(leadershipTransfer: true);
        }
    }
}
