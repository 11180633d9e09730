using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Replication;

/// <summary>
/// A leader's count of where each voter's log is durable, and the commit index that follows from it (figure 3.1,
/// leaders, last rule). An entry commits when a majority of the voters hold it <b>and</b> the majority reaches the first entry
/// of the leader's own term: entries of older terms commit only along with it (3.6.2; hashicorp/raft's startIndex).
/// </summary>
public sealed class Commitment
{
    private readonly Dictionary<ServerId, long> _matchIndexes = [];
    private ImmutableArray<ServerId> _voters = [];

    /// <summary>Begins the count of a term.</summary>
    /// <param name="voters">The voters of the configuration in force.</param>
    /// <param name="startIndex">The first index of the leader's own term.</param>
    /// <param name="commitIndex">What the leader knew to be committed before.</param>
    public Commitment(ImmutableArray<ServerId> voters, long startIndex, long commitIndex)
    {
        StartIndex = startIndex;
        CommitIndex = commitIndex;
        SetVoters(voters);
    }

    /// <summary>The first index of the leader's own term.</summary>
    public long StartIndex { get; }

    /// <summary>Up to here entries are committed. It never falls.</summary>
    public long CommitIndex { get; private set; }

    /// <summary>Whether an entry of the leader's own term is committed: only then does the leader know what is (6.4).</summary>
    public bool HasCommittedInTerm => CommitIndex >= StartIndex;

    /// <summary>
    /// Counts the voters of another configuration from here on. Those that stay keep what they have; one that leaves may
    /// come back with an empty disk and begins anew.
    /// </summary>
    public bool SetVoters(ImmutableArray<ServerId> voters)
    {
        foreach (var server in _matchIndexes.Keys.ToArray())
        {
            if (!voters.Contains(server))
            {
                _matchIndexes.Remove(server);
            }
        }

        _voters = voters;
        return Recount();
    }

    /// <summary>
    /// Notes up to where a server's log is durable and equal to the leader's. It falls only where a server has lost what it had
    /// confirmed; the commit index never does.
    /// </summary>
    /// <returns>Whether the commit index rose.</returns>
    public bool Match(ServerId server, long matchIndex)
    {
        if (matchIndex == _matchIndexes.GetValueOrDefault(server))
        {
            return false;
        }

        _matchIndexes[server] = matchIndex;
        return Recount();
    }

    private bool Recount()
    {
        if (_voters.IsEmpty)
        {
            return false;
        }

        Span<long> matched = stackalloc long[_voters.Length];
        for (var i = 0; i < matched.Length; i++)
        {
            matched[i] = _matchIndexes.GetValueOrDefault(_voters[i]);
        }

        var quorumIndex = Quorum.ReachedBy(matched);
        if (quorumIndex < StartIndex || quorumIndex <= CommitIndex)
        {
            return false;
        }

        CommitIndex = quorumIndex;
        return true;
    }
}
