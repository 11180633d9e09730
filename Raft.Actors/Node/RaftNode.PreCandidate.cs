using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// PreCandidate: asks whether it could win before it raises its term (dissertation 9.6), so that a server that was cut
/// off, or whose log is behind, disturbs nobody.
/// </summary>
public sealed partial class RaftNode
{
    private void BecomePreCandidate()
    {
        _campaign.Begin(Configuration.Voters);
        _campaign.BeginTimer(_settings.ElectionTimeout);
        BecomeRole(RaftRole.PreCandidate, PreCandidate);
        if (_campaign.Record(OwnId, granted: true))
        {
            BecomeCandidate(leadershipTransfer: false);
            return;
        }

        _logger.Debug("{0} asks whether it could win term {1}", PersistenceId, _hardState.Term + 1);
        _campaign.Ask("pre-votes", to => new RequestPreVote(HeaderTo(to, _hardState.Term + 1), _log.LastIndex, _log.LastTerm));
    }

    private bool PreCandidate(object message)
    {
        switch (message)
        {
            case PreVoteResponse response:
                OnPreVoteResponse(response);
                return true;
            case NodeTick.Election:
                OnElectionTick();
                return true;
            default:
                return false;
        }
    }

    private void OnPreVoteResponse(PreVoteResponse response)
    {
        if (response.Header.Term > _hardState.Term && !response.Granted)
        {
            StepDownTo(response.Header.Term);
        }
        else if (response.CampaignTerm == _hardState.Term + 1)
        {
            // Where a majority refuses, the timer runs on: one of them may become the leader meanwhile.
            if (_identity.Counts(response.Header) && _campaign.Record(response.Header.From, response.Granted))
            {
                BecomeCandidate(leadershipTransfer: false);
            }
        }
    }
}
