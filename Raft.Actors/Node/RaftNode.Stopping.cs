using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>How a node stops: it hands leadership over first, and answers what it still holds.</summary>
public sealed partial class RaftNode
{
    /// <summary>
    /// A leader that is told to stop hands over first, so that the group need not wait for an election timeout.
    /// </summary>
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

    private void OnTransferTimeout()
    {
        _handOver.OnTimeout();
        if (_handOver.ShutsDownNext)
        {
            BecomeStopping();
        }
    }

    /// <summary>
    /// Stops in good order: takes nothing more, tells those whose commands are not committed, and goes when what is committed has
    /// been answered and what was decided is on the disk, or when the disk takes too long.
    /// </summary>
    private void BecomeStopping()
    {
        AnswerAllPending();
        Timers.Cancel(NodeTick.Election);
        LeaveLeadership();

        Timers.StartSingleTimer(NodeTick.StopDeadline, NodeTick.StopDeadline, _settings.Journal.StallTimeout);
        _lastWords.IsStopping = true;
        BecomeOutsider(Stopping);
        StopWhenQuiet();
    }

    private void Stopping(object message)
    {
        switch (message)
        {
            case NodeTick.Flush:
                OnFlush();
                break;
            case AppliedUpTo applied:
                OnApplied(applied);
                break;
            case StateMachineFault fault:
                _faults.OnFault(fault, _lastWords.IsStopping);
                return;
            case Snapshots.ViewTaken view:
                view.View.Dispose();
                break;
            case NodeTick.StopDeadline:
                _logger.Warning("{0} stops without waiting for its journal any longer", PersistenceId);
                Context.Stop(Self);
                return;
            case ForwardedRequest or (IRaftRequest and not Shutdown):
                Sender.Tell(new ShuttingDown(Outcome.NotDone), Self);
                break;
        }

        StopWhenQuiet();
    }

    private void StopWhenQuiet()
    {
        if (_lastWords.IsStopping && _proposals.InFlight == 0 && _journal.IsEmpty)
        {
            Context.Stop(Self);
        }
    }

    /// <summary>Leaves through the supervisor, which would otherwise start the node again.</summary>
    private void ShutDownRemoved()
    {
        _logger.Warning("{0} was removed from its group and shuts down (raft.shutdown-on-remove)", PersistenceId);
        Context.Parent.Tell(new Shutdown(), ActorRefs.NoSender);
    }
}
