using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Elections;

/// <summary>Counts the votes of one election or pre-vote (dissertation 3.4): one per voter, and only of voters.</summary>
public sealed class Ballot(ImmutableArray<ServerId> voters)
{
    private readonly Dictionary<ServerId, bool> _votes = [];

    /// <summary>Whether a majority of the voters has granted its vote.</summary>
    public bool IsWon => Quorum.IsReached(_votes.Values.Count(static vote => vote), voters.Length);

    /// <summary>Notes a voter's answer. The first one counts: a server has one vote in a term.</summary>
    /// <returns>Whether the election is won.</returns>
    public bool Record(ServerId voter, bool granted)
    {
        if (voters.Contains(voter))
        {
            _votes.TryAdd(voter, granted);
        }

        return IsWon;
    }
}
