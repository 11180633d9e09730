using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.LogLines;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Following;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>What clients ask of a node, and what they are told. Every request gets one answer.</summary>
public sealed partial class RaftNode
{
    // Longer waits than this are not told from it: a client's number must not overflow the clock.
    private static readonly TimeSpan MaxEnqueueTimeout = TimeSpan.FromDays(1);

    private TimeSpan _enqueueDeadline;
    private bool _isStopping;

    /// <summary>What any node answers; and, on a node that does not lead, what only a leader could.</summary>
    private void OnRequest(IRaftRequest request)
    {
        if (WhyNotCarried(request) is { } unfit)
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
                Sender.Tell(new LeaderInfo(_currentTerm, _leaderId, LeaderAddress), Self);
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
            case Apply or ApplyBarrier or Read or RegisterSession or KeepSessionAlive or CloseSession or SkipEntry
                when _settings.ApplyOnFollower == ApplyOnFollower.Forward && KnownLeader is { } leader:
                _environment.Peers.Resolve(leader).Tell(new ForwardedRequest(HeaderTo(leader.Id), request), Sender);
                break;
            default:
                Refuse(request);
                break;
        }
    }

    /// <summary>
    /// Why what a request carries could not go to another server, be that in its process or elsewhere; null: it could. A request over the wire has
    /// passed this already; one in this process must not be taken here and refused elsewhere.
    /// </summary>
    private RaftFailure? WhyNotCarried(IRaftRequest request)
    {
        try
        {
            switch (request)
            {
                case Apply apply:
                    _ = _environment.Codec.Encode(apply.Command);
                    break;
                case Read read:
                    _ = _environment.Codec.Encode(read.Query);
                    break;
            }

            return null;
        }
        catch (PayloadException unfit)
        {
            return RefusalOf(unfit);
        }
    }

    private RaftFailure RefusalOf(PayloadException unfit) => unfit.Size is { } encoded
        ? new TooLarge(encoded, _settings.Intake.MaxCommandBytes)
        : new InvalidRequest(unfit.Message);

    private void Refuse(IRaftRequest request)
    {
        RaftFailure refusal = request switch
        {
            UnreadableRequest unreadable => new InvalidRequest(unreadable.Reason),
            _ when _leaderId.IsNone && !Configuration.IsEmpty && !Configuration.Contains(_self) => new Unavailable(
                $"server {_self} is not in the group's configuration of entry {_configurations.LatestIndex}: it was removed, or is not added yet"),
            _ => new NotLeader(_leaderId, LeaderAddress),
        };
        Sender.Tell(refusal, Self);
    }

    /// <summary>What only a leader answers.</summary>
    private void OnLeaderRequest(IRaftRequest request)
    {
        if (IsHandingOver && request is (Apply or ApplyBarrier or RegisterSession or KeepSessionAlive or CloseSession
            or RestoreRequest or SkipEntry))
        {
            Sender.Tell(RefusalOfNewWork(), Self);
            return;
        }

        if (_faults.StoppedInWords is { } stopped && request is not (SkipEntry or VerifyLeader))
        {
            Sender.Tell(new Unavailable(stopped), Self);
            return;
        }

        switch (request)
        {
            case Apply apply:
                Propose(apply);
                break;
            case ApplyBarrier barrier:
                Propose(new Proposal(EntryKind.Barrier, EncodedPayload.None, default, Sender), barrier.EnqueueTimeout);
                break;
            case RegisterSession or KeepSessionAlive or CloseSession:
                ProposeSession(request);
                break;
            case RestoreRequest restore:
                ProposeRestore(restore);
                break;
            case SkipEntry skip:
                OnSkipRequest(skip);
                break;
            case VerifyLeader:
                Confirm(new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout));
                break;
            case Read read:
                OnLeaderRead(read);
                break;
            default:
                OnRequest(request);
                break;
        }
    }

    private void Propose(Apply apply)
    {
        EncodedPayload data;
        try
        {
            data = _environment.Codec.Encode(apply.Command);
        }
        catch (PayloadException unfit)
        {
            Sender.Tell(RefusalOf(unfit), Self);
            return;
        }

        var size = (long)data.Length + apply.Extensions.Length;
        if (data.Format == PayloadFormat.Null)
        {
            Sender.Tell(new InvalidRequest("a command may not be null"), Self);
        }
        else if (size > _settings.Intake.MaxCommandBytes)
        {
            Sender.Tell(new TooLarge(size, _settings.Intake.MaxCommandBytes), Self);
        }
        else if (apply.Session?.Flaw is { } flaw)
        {
            Sender.Tell(new InvalidRequest(flaw), Self);
        }
        else
        {
            Propose(new Proposal(EntryKind.Command, data, apply.Extensions, Sender) { Session = apply.Session, MinimumVersion = apply.MinimumVersion }, apply.EnqueueTimeout);
        }
    }

    private void Propose(Proposal proposal, TimeSpan? enqueueTimeout)
    {
        var timeout = enqueueTimeout ?? _settings.Intake.EnqueueTimeout;
        timeout = timeout < MaxEnqueueTimeout ? timeout : MaxEnqueueTimeout;
        if (_proposals.HasRoomFor(proposal) && !_snapshots.Compaction.IsLogFull && KnowsReaders(proposal))
        {
            Accept(proposal);
        }
        else if (timeout > TimeSpan.Zero && _proposals.TryWait(proposal, Now, timeout))
        {
            Lead.WaitsForReaders |= !KnowsReaders(proposal);
            WatchEnqueueDeadline(Now + timeout);
        }
        else if (!KnowsReaders(proposal))
        {
            proposal.Client.Tell(new Unavailable($"leader {_self} has not heard yet which types the others read; try again in a moment"), Self);
        }
        else
        {
            proposal.Client.Tell(new Overloaded(_proposals.InFlight, _proposals.RetryAfter(Now)), Self);
        }
    }

    private void Accept(Proposal proposal)
    {
        if (WhyNotTaken(proposal) is { } reason)
        {
            proposal.Client.Tell(new Unavailable(reason), Self);
            return;
        }

        var entry = NewEntry(proposal.Kind, proposal.Data, proposal.Extensions, proposal.Session);
        _proposals.Accept(entry.Index, proposal, Now);
        Append(entry);
    }

    /// <summary>Room was made: those who wait come in, in their order.</summary>
    private void AcceptWaiting()
    {
        while (_role == RaftRole.Leader && !_snapshots.Compaction.IsLogFull && (!Lead.WaitsForReaders || HasHeardQuorum) && _proposals.TryTakeWaiting(out var proposal))
        {
            Accept(proposal);
        }
    }

    /// <summary>Sets the timer for the earliest deadline of those who wait.</summary>
    private void WatchEnqueueDeadline(TimeSpan deadline)
    {
        if (!Timers.IsTimerActive(NodeTick.EnqueueDeadline) || deadline < _enqueueDeadline)
        {
            _enqueueDeadline = deadline;
            var remaining = deadline - Now;
            Timers.StartSingleTimer(
                NodeTick.EnqueueDeadline, NodeTick.EnqueueDeadline, remaining > TimeSpan.Zero ? remaining : TimeSpan.FromMilliseconds(1));
        }
    }

    private void OnEnqueueDeadline()
    {
        foreach (var (client, waited) in _proposals.TakeExpired(Now))
        {
            client.Tell(new EnqueueTimedOut(waited), Self);
        }

        // One that had no room may have stood before others that have.
        AcceptWaiting();
        if (_proposals.NextDeadline is { } next)
        {
            WatchEnqueueDeadline(next);
        }
    }

    private RaftStatus Status() => new(
        _settings.Group,
        _self,
        _role,
        _currentTerm,
        _votedFor,
        _leaderId,
        LeaderAddress,
        _commitIndex,
        _state.LastApplied,
        _log.FirstIndex,
        _log.LastIndex,
        _log.LastTerm,
        _journal.DurableIndex,
        Configuration,
        _proposals.InFlight,
        _role != RaftRole.Leader && _lastLeaderContact is { } contact ? Now - contact : null,
        _leadership is { } lead ? [.. lead.Followers.Select(follower => FollowerStatus(lead, follower))] : [])
    {
        Snapshot = NewestSnapshot?.Content is { } snapshot ? new SnapshotStatus(snapshot.Index, snapshot.Term, snapshot.Bytes) : SnapshotStatus.None,
        Restore = _state.RestoreByHand,
        Identity = _identity.Group,
        Journal = _identity.Journal,
        NotServing = NotServing,
        Software = _version.Abilities.Software,
        Failure = _faults.StoppedAt?.AsFailure,
    };

    private FollowerStatus FollowerStatus(Leadership lead, FollowerActors follower) => new(
        follower.Server.Id,
        follower.Progress?.State ?? ProgressState.Probe,
        follower.Progress?.MatchIndex ?? 0,
        follower.Progress?.NextIndex ?? lead.Commitment.StartIndex,
        lead.Lease.LastContact(follower.Server.Id) is { } contact ? Now - contact : null)
    {
        Transfer = follower.Transfer?.Progress,
        Software = follower.Abilities?.Software,
        LacksTypes = follower.Abilities is { } abilities ? _version.Abilities.Types.Count(type => !abilities.Reads(type)) : 0,
    };

    /// <summary>
    /// Stops in good order: takes nothing more, tells those whose commands are not committed, and goes when what is committed has
    /// been answered and what was decided is on the disk, or when the disk takes too long.
    /// </summary>
    private void BecomeStopping()
    {
        AnswerAllPending();
        Timers.Cancel(NodeTick.Election);
        if (_role == RaftRole.Leader)
        {
            LeaveLeadership();
        }

        _role = RaftRole.Follower;
        _leaderId = default;
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
