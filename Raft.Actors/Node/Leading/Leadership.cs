using Raft.Actors.Log;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// What all parts of a leader look at: the volatile state on leaders of figure 3.1, and what its lease rests on.
/// </summary>
internal sealed class Leadership
{
    private readonly ILeaderContext _node;
    private readonly LogClock _clock;
    private bool _hasHeardQuorum;

    /// <summary>Begins a term: the next entry is the first of it.</summary>
    public Leadership(ILeaderContext node)
    {
        _node = node;
        Term = node.Term;
        var log = node.Log;
        var lastStamp = log.LastIndex > log.BaseIndex ? log[log.LastIndex].Timestamp : 0;
        _clock = new LogClock(node.WallClock, lastStamp, node.Now);
        Commitment = new Commitment(node.Configuration.Voters, log.LastIndex + 1, node.CommitIndex);
        Lease = new LeaderLease(node.Self, node.Now);
    }

    /// <summary>The term that it leads.</summary>
    public long Term { get; }

    /// <summary>Counts where each voter's log is durable.</summary>
    public Commitment Commitment { get; }

    /// <summary>When each server last answered.</summary>
    public LeaderLease Lease { get; }

    /// <summary>
    /// Whether another server was told to call for an election. Voters then vote although they hear this leader, and
    /// messages may be late: no lease holds any more in this term.
    /// </summary>
    public bool HasToldSuccessor { get; private set; }

    /// <summary>
    /// Whether a majority has answered in this term, and so has said which types it reads: that majority can apply whatever is
    /// committed from now on. Until then typed commands wait, as if there were no room.
    /// </summary>
    public bool HasHeardQuorum => _hasHeardQuorum |= ConfirmedAt is not null;

    /// <summary>When a majority certainly followed this leader; null where that is not known.</summary>
    public TimeSpan? ConfirmedAt => Lease.ConfirmedAt(_node.Configuration.Voters, _node.Now);

    /// <summary>The time since a majority was heard.</summary>
    public TimeSpan QuorumSilence => _node.Now - Lease.QuorumContact(_node.Configuration.Voters, _node.Now);

    /// <summary>The stamp of an entry that is appended now.</summary>
    public long Stamp => _clock.Stamp(_node.Now);

    /// <summary>Another server is told to call for an election.</summary>
    public void TellSuccessor() => HasToldSuccessor = true;
}
