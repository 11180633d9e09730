using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// What a node does that finds the group's safety broken: a leader contradicts what is committed here, or two servers lead one
/// term. One of the two has lost or changed what it had confirmed, and nobody can tell which. The node takes no part any more,
/// and no later life of it does, until an operator has decided. Where nothing proves who sent a message it is refused instead:
/// anybody could exclude a server by one.
/// </summary>
public sealed partial class RaftNode
{
    private void Exclude(string reason)
    {
        _safety.Break(reason);
        _logger.Error(
            "{0} takes no part in its group any more, for the group's safety is broken: {1}. "
            + "It stays out until an operator decides (docs/operations.md, Broken safety)",
            PersistenceId, reason);
        _snapshots.Abandon("the server takes no part any more");
        AnswerAllPending();
        LeaveLeadership();

        _journal.Add(new SafetyBroken(_commitIndex, reason));
        RequestFlush();
        BecomeExcluded();
    }

    private void BecomeExcluded()
    {
        Timers.CancelAll();
        _campaign.End();
        _founding.Stop();

        // Should the journal fail before the event is in it, the node's next life still has it from the supervisor.
        Context.Parent.Tell(new NodeExcluded(_safety.Broken!), Self);
        BecomeOutsider(Excluded);
    }

    /// <summary>Says nothing to other servers, and to clients why.</summary>
    private void Excluded(object message)
    {
        switch (message)
        {
            case NodeTick.Flush:
                OnFlush();
                break;
            case AppliedUpTo applied:
                // What was committed before is applied and answered all the same.
                _state.Advance(applied);
                break;
            case StateMachineFault fault:
                _faults.OnFault(fault, _lastWords.IsStopping);
                break;
            case Snapshots.ViewTaken view:
                view.View.Dispose();
                break;
            case Shutdown { CameOverTheWire: false }:
                BecomeStopping();
                break;
            case GetStatus:
                Sender.Tell(Status(), Self);
                break;
            case ForwardedRequest or IRaftRequest:
                Sender.Tell(new Unavailable(NotServing!), Self);
                break;
        }
    }
}
