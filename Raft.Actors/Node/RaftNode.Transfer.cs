using Akka.Actor;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>This server's part in a hand-over of leadership (dissertation 3.10), and how it stops.</summary>
public sealed partial class RaftNode
{
    /// <summary>A leader that is told to stop hands over first, so that the group need not wait for an election timeout.</summary>
    private void OnShutdown()
    {
        if (!_handOver.TryBeginShutdown())
        {
            return;
        }

        var to = !IsJournalStalled && _leader is { } leader ? leader.Succession.Best() : default;
        if (to.IsNone)
        {
            BecomeStopping();
        }
        else if (!_handOver.IsOpen)
        {
            _leader!.Succession.HandOverTo(to, null);
        }
    }

    /// <summary>The leader asks this server to take over. An election at once, without a pre-vote, which those who hear the leader would refuse.</summary>
    private void OnTimeoutNow(TimeoutNow message)
    {
        if (message.Header.Term == _hardState.Term && message.Header.From == _leaderSeen.Id && _role == RaftRole.Follower
            && Configuration.IsVoter(_self, _identity.Journal) && _state.HasState && !_version.IsExceeded && !IsJournalStalled)
        {
            _logger.Info("{0} calls for an election: {1} hands over", PersistenceId, message.Header.From);
            BecomeCandidate(leadershipTransfer: true);
        }
    }

    /// <summary>Leadership ended, or a leader was heard.</summary>
    private void OnLeadershipMoved()
    {
        _handOver.OnLeadershipMoved();
        if (_handOver.ShutsDownNext && _role != RaftRole.Leader)
        {
            // After what is being handled: the vote that ended the leadership is still to be given.
            Self.Tell(NodeTick.ShutDown);
        }
    }

    private void OnTransferTimeout()
    {
        _handOver.OnTimeout();
        if (_handOver.ShutsDownNext)
        {
            BecomeStopping();
        }
    }
}
