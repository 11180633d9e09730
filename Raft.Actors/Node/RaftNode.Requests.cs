using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.LogLines;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Following;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>What clients ask of a node, and what they are told. Every request gets one answer.</summary>
public sealed partial class RaftNode
{
    private bool _isStopping;

    /// <summary>What any node answers; and, on a node that does not lead, what only a leader could.</summary>
    private void OnRequest(IRaftRequest request)
    {
        if (Carriage.WhyNot(this, request) is { } unfit)
        {
            Sender.Tell(unfit, Self);
            return;
        }

        switch (request)
        {
            case GetStatus:
                Sender.Tell(Status(), Self);
                break;
            case TakeSnapshot:
                _snapshots.OnTakeSnapshot();
                break;
            case ReadSnapshot read:
                _snapshots.Exports.Read(read);
                break;
            case GetLeader:
                Sender.Tell(new LeaderInfo(_hardState.Term, _leaderSeen.Id, LeaderAddress), Self);
                break;
            case Bootstrap bootstrap:
                _founding.OnBootstrap(bootstrap);
                break;
            case PledgeBootstrap pledge:
                _founding.OnPledgeBootstrap(pledge);
                break;
            case DescribeServer:
                Sender.Tell(new InvalidRequest("DescribeServer is for /user/raft-{group}-discovery"), Self);
                break;
            case GetConfiguration:
                Sender.Tell(
                    new ConfigurationInfo(_configurations.LatestIndex, Configuration, _configurations.IsLatestCommitted) { Members = [.. MemberStatuses()] },
                    Self);
                break;
            case Read read when FollowerReading.Answers(read.Consistency):
                _reading.OnRead(read);
                break;
            case ReadChanges { From: 0 }:
                OnWatchFromNow();
                break;
            case UnreadableRequest unreadable:
                if (_gate.ShouldLog(default, "unreadable", Now))
                {
                    var sender = LogText.Clean(Sender.Path.ToString());
                    _logger.Warning("{0} refused a request from {1}: {2}", PersistenceId, sender, unreadable.Reason);
                }

                Sender.Tell(new InvalidRequest(unreadable.Reason), Self);
                break;
            case Shutdown { CameOverTheWire: true }:
                Sender.Tell(RaftSupervisor.RefusedShutdown, Self);
                break;
            case Shutdown:
                OnShutdown();
                break;
            case Read or (IEntryRequest and not RestoreRequest)
                when _settings.ApplyOnFollower == ApplyOnFollower.Forward && KnownLeader is { } leader:
                _environment.Peers.Resolve(leader).Tell(new ForwardedRequest(HeaderTo(leader.Id), request), Sender);
                break;
            default:
                Refuse(request);
                break;
        }
    }

    private void Refuse(IRaftRequest request)
    {
        RaftFailure refusal = request switch
        {
            UnreadableRequest unreadable => new InvalidRequest(unreadable.Reason),
            _ when _leaderSeen.Id.IsNone && !Configuration.IsEmpty && !Configuration.Contains(_self) => new Unavailable(
                $"server {_self} is not in the group's configuration of entry {_configurations.LatestIndex}: it was removed, or is not added yet"),
            _ => new NotLeader(_leaderSeen.Id, LeaderAddress),
        };
        Sender.Tell(refusal, Self);
    }

    private RaftStatus Status() => new(
        _settings.Group,
        _self,
        _role,
        _hardState.Term,
        _hardState.VotedFor,
        _leaderSeen.Id,
        LeaderAddress,
        _commitIndex,
        _state.LastApplied,
        _log.FirstIndex,
        _log.LastIndex,
        _log.LastTerm,
        _journal.DurableIndex,
        Configuration,
        _proposals.InFlight,
        _role != RaftRole.Leader && _leaderSeen.HeardAt is { } contact ? Now - contact : null,
        _leader is { } leader ? [.. leader.FollowerStatuses()] : [])
    {
        Snapshot = NewestSnapshot?.Content is { } snapshot ? new SnapshotStatus(snapshot.Index, snapshot.Term, snapshot.Bytes) : SnapshotStatus.None,
        Restore = _state.RestoreByHand,
        Identity = _identity.Group,
        Journal = _identity.Journal,
        NotServing = NotServing,
        Software = _version.Abilities.Software,
        Failure = _faults.StoppedAt?.AsFailure,
    };

    /// <summary>
    /// Stops in good order: takes nothing more, tells those whose commands are not committed, and goes when what is committed has
    /// been answered and what was decided is on the disk, or when the disk takes too long.
    /// </summary>
    private void BecomeStopping()
    {
        AnswerAllPending();
        Timers.Cancel(NodeTick.Election);
        LeaveLeadership();

        _role = RaftRole.Follower;
        _leaderSeen.Change(default);
        Timers.StartSingleTimer(NodeTick.Leadership, NodeTick.Leadership, _settings.Journal.StallTimeout);
        _isStopping = true;
        Become(Stopping);
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
                _faults.OnFault(fault, _isStopping);
                return;
            case Snapshots.ViewTaken view:
                view.View.Dispose();
                break;
            case NodeTick.Leadership:
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
        if (_isStopping && _proposals.InFlight == 0 && _journal.IsEmpty)
        {
            Context.Stop(Self);
        }
    }
}
