using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>How a server answers those who want to be elected; the same in every role (RequestVote of figure 3.1).</summary>
public sealed partial class RaftNode
{
    /// <summary>
    /// Whether a leader is known to live: it was heard within the least election timeout, or is this server
    /// itself. Then nobody is helped to depose it (dissertation 4.2.3).
    /// </summary>
    private bool HasLiveLeader =>
        _role == RaftRole.Leader || _leaderSeen.IsLive(Now, _settings.HeartbeatTimeout);

    /// <summary>
    /// Whether this server may have heard a leader right before it started. By its answer it promised that leader not to
    /// vote for another yet, and it has forgotten that. Where leases count, it keeps the promise for as long as it can
    /// have lasted.
    /// </summary>
    private bool MayHaveForgottenLeader =>
        _settings.Reads.Lease && _leaderSeen.MayBeForgotten(Now, _settings.HeartbeatTimeout);

    private void OnRequestPreVote(RequestPreVote request)
    {
        var candidate = request.Header.From;
        var granted = request.Header.Term >= _hardState.Term
            && !HasLiveLeader
            && !MayHaveForgottenLeader
            && !IsJournalStalled // It could not give the vote that it would promise here.
            && MayVoteFor(request.Header, request.LastLogTerm, request.LastLogIndex)
            && VotingRule.MayPreVote(request.Header.Term, _hardState.Term, _hardState.VotedFor, candidate)
            && VotingRule.IsUpToDate(request.LastLogTerm, request.LastLogIndex, _log.LastTerm, _log.LastIndex);
        Sender.Tell(new PreVoteResponse(HeaderTo(candidate), request.Header.Term, granted), Self);
    }

    private void OnRequestVote(RequestVote request)
    {
        var candidate = request.Header.From;
        if (request.Header.Term < _hardState.Term
            || ((HasLiveLeader || MayHaveForgottenLeader) && !request.LeadershipTransfer)
            || IsJournalStalled
            || !MayVoteFor(request.Header, request.LastLogTerm, request.LastLogIndex))
        {
            // A term is not adopted if it is refused for the leader's sake, or comes from a server that does not vote. If
            // the disk hangs, the terms of all candidates would pile up, and the vote could not be given anyway.
            AnswerVote(candidate, granted: false);
            return;
        }

        if (request.Header.Term > _hardState.Term)
        {
            StepDownTo(request.Header.Term);
        }

        if (!VotingRule.IsFree(_hardState.VotedFor, candidate)
            || !VotingRule.IsUpToDate(request.LastLogTerm, request.LastLogIndex, _log.LastTerm, _log.LastIndex))
        {
            AnswerVote(candidate, granted: false);
            return;
        }

        if (_hardState.VotedFor.IsNone)
        {
            EnterTerm(_hardState.Term, candidate);
        }

        // The candidate gets its time before this server tries for itself (3.4).
        _campaign.ExtendTimer();
        var header = HeaderTo(candidate);
        var sender = Sender;
        _journal.WhenDurable(() => sender.Tell(new VoteResponse(header, Granted: true), Self));
    }

    /// <summary>
    /// Whether the configuration lets a server be voted for. A server that does not vote in the configuration in force
    /// here may vote in a later one that this server does not know; then its log is ahead of this one (dissertation 4.1).
    /// A server without entries may have lost them: the candidate decides whether its vote counts, and it votes for no
    /// candidate that cannot tell.
    /// </summary>
    private bool MayVoteFor(PeerHeader candidate, long lastLogTerm, long lastLogIndex) =>
        (_log.LastIndex == 0 && (candidate.Identity?.Group ?? default).IsNone) ? false
        : Configuration.IsVoter(candidate.From)
        || !VotingRule.IsUpToDate(_log.LastTerm, _log.LastIndex, lastLogTerm, lastLogIndex);

    private void AnswerVote(ServerId candidate, bool granted) =>
        Sender.Tell(new VoteResponse(HeaderTo(candidate), granted), Self);

    private void OnElectionTick()
    {
        if (_campaign.IsTimerDue())
        {
            OnLeaderSilent();
        }
    }
}
