using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Following;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>What clients ask of a node, and what they are told. Every request gets one answer.</summary>
public sealed partial class RaftNode
{
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
                Sender.Tell(_reports.ConfigurationInfo(_leader), Self);
                break;
            case Read read when FollowerReading.Answers(read.Consistency):
                _reading.OnRead(read);
                break;
            case ReadChanges { From: 0 }:
                OnWatchFromNow();
                break;
            case UnreadableRequest unreadable:
                _door.Refuse(unreadable);
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

    /// <summary>Somebody watches what changes from now on, and asks from which index on that is.</summary>
    private void OnWatchFromNow()
    {
        var read = new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { AsksForNow = true };
        if (_leader is { } leader)
        {
            leader.Reads.Confirm(read);
        }
        else
        {
            _reading.OnWatchFromNow(read);
        }
    }

    private void Refuse(IRaftRequest request)
    {
        RaftFailure refusal = request switch
        {
            UnreadableRequest unreadable => new InvalidRequest(unreadable.Reason),
            _ when _leaderSeen.Id.IsNone && !Configuration.IsEmpty && !Configuration.Contains(OwnId) => new Unavailable(
                $"server {OwnId} is not in the group's configuration of entry {_configurations.LatestIndex}: "
                + "it was removed, or is not added yet"),
            _ => new NotLeader(_leaderSeen.Id, LeaderAddress),
        };
        Sender.Tell(refusal, Self);
    }

    private RaftStatus Status() => _reports.Status(_leader, _journal.DurableIndex, _leaderSeen.HeardAt);
}
