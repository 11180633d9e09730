using Akka.Actor;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// A hand-over of leadership to another server (dissertation 3.10), from its start until the client knows how it ended.
/// It outlives the leadership: who leads next is known only afterwards.
/// </summary>
internal sealed class HandOver(INodeContext node)
{
    private LeadershipTransfer? _current;

    /// <summary>Whether this leader takes nothing new because another is about to lead.</summary>
    public bool IsUnderWay => node.Role == RaftRole.Leader && _current?.Term == node.Term;

    /// <summary>Whether the node stops once another server leads.</summary>
    public bool ShutsDownNext { get; private set; }

    /// <summary>The server that is about to lead.</summary>
    public ServerId Successor => _current?.To ?? default;

    /// <summary>Whether a hand-over has begun whose end no client knows yet.</summary>
    public bool IsOpen => _current is not null;

    /// <summary>What clients are told that bring new work meanwhile.</summary>
    public RaftFailure RefusalOfNewWork() =>
        ShutsDownNext ? new ShuttingDown(Outcome.NotDone) : new LeadershipTransferInProgress();

    /// <summary>The node is about to stop. False where it was told so before.</summary>
    public bool TryBeginShutdown() => !ShutsDownNext && (ShutsDownNext = true);

    /// <summary>Leadership of this term is about to go to another server.</summary>
    public void Begin(ServerId to, IActorRef? client)
    {
        _current = new LeadershipTransfer(to, client, node.Term);
        node.Timers.StartSingleTimer(NodeTick.Transfer, NodeTick.Transfer, node.Settings.ElectionTimeout);
    }

    /// <summary>The successor is told to call for an election: it may come to lead at any time from now on.</summary>
    public void OnSuccessorTold() => _current!.IsTold = true;

    /// <summary>
    /// Another leader is known, or the leadership has ended. A node that was told to stop goes on stopping now.
    /// </summary>
    public void OnLeadershipMoved()
    {
        if (_current is { } current && node.Role != RaftRole.Leader && !node.LeaderId.IsNone && node.Term > current.Term)
        {
            End(new LeadershipTransferred(node.LeaderId, node.Term));
        }

        if (ShutsDownNext && node.Role != RaftRole.Leader)
        {
            // After what is being handled: the vote that ended the leadership is still to be given.
            node.TellSelf(NodeTick.ShutDown);
        }
    }

    /// <summary>It takes too long.</summary>
    public void OnTimeout()
    {
        if (_current is { } current)
        {
            var reason = current.IsTold
                ? $"{current.To} was not elected in time"
                : $"{current.To} was not brought up to date in time";
            End(new LeadershipTransferFailed(reason, current.IsTold ? Outcome.Unknown : Outcome.NotDone));
        }
    }

    /// <summary>Tells the client how it ended.</summary>
    public void End(object answer)
    {
        if (_current?.Client is { } client)
        {
            node.Tell(client, answer);
        }

        _current = null;
        node.Timers.Cancel(NodeTick.Transfer);
    }
}
