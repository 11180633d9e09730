using Raft.Actors.Model;

namespace Raft.Actors.Elections;

/// <summary>When a server gives its vote (dissertation 3.4, 3.6.1 and 9.6).</summary>
public static class VotingRule
{
    /// <summary>
    /// Whether a candidate's log is at least as up to date as the voter's: a later last term, or the same and a log at
    /// least as long (3.6.1). It is what keeps a leader without a committed entry from being elected.
    /// </summary>
    public static bool IsUpToDate(long candidateLastTerm, long candidateLastIndex, long lastTerm, long lastIndex) =>
        candidateLastTerm > lastTerm || (candidateLastTerm == lastTerm && candidateLastIndex >= lastIndex);

    /// <summary>
    /// Whether the vote of a term is free for a candidate: not given yet, or given to it before (its request may come twice).
    /// </summary>
    public static bool IsFree(ServerId votedFor, ServerId candidate) => votedFor.IsNone || votedFor == candidate;

    /// <summary>
    /// Whether a pre-vote is granted on terms: the campaign would be in a later term than the voter's, or in the voter's own
    /// while its vote is free. A pre-vote is not binding.
    /// </summary>
    public static bool MayPreVote(long campaignTerm, long currentTerm, ServerId votedFor, ServerId candidate) =>
        campaignTerm > currentTerm || (campaignTerm == currentTerm && IsFree(votedFor, candidate));
}
