using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Leading;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>How a leadership begins and ends. What a leader does stands in <see cref="LeaderRole"/>.</summary>
public sealed partial class RaftNode
{
    private void BecomeLeader()
    {
        Timers.Cancel(NodeTick.Election);
        _leaderSeen.Change(OwnId);
        _leaderSeen.Lead(_hardState.Term, OwnId);
        _safety.Trust();
        _leader = new LeaderRole(this, _proposals, _handOver, _restores, _state, _snapshots, _observing);
        BecomeRole(RaftRole.Leader, _leader.Handle);
        _leader.Begin(_reading.TakeAll());
    }

    private void LeaveLeadership()
    {
        _leader?.End();
        _leader = null;
    }
}
