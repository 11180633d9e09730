using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Elections;

/// <summary>Where an election stands.</summary>
public enum BallotResult : byte
{
    /// <summary>Neither a majority for nor one against.</summary>
    Undecided = 0,

    /// <summary>A majority of the voters granted their vote.</summary>
    Won = 1,

    /// <summary>So many voters refused that a majority is out of reach.</summary>
    Lost = 2,
}

/// <summary>Counts the votes of one election or pre-vote (dissertation 3.4): one per voter, and only of voters.</summary>
public sealed class Ballot(ImmutableArray<ServerId> voters)
{
    private readonly Dictionary<ServerId, bool> _votes = [];

    /// <summary>Where the election stands.</summary>
    public BallotResult Result
    {
        get
        {
            var quorum = (voters.Length / 2) + 1;
            var granted = _votes.Values.Count(static vote => vote);
            return voters.IsEmpty ? BallotResult.Lost
                : granted >= quorum ? BallotResult.Won
                : _votes.Count - granted > voters.Length - quorum ? BallotResult.Lost
                : BallotResult.Undecided;
        }
    }

    /// <summary>Notes a voter's answer. The first one counts: a server has one vote in a term.</summary>
    public BallotResult Record(ServerId voter, bool granted)
    {
        if (voters.Contains(voter))
        {
            _votes.TryAdd(voter, granted);
        }

        return Result;
    }
}
