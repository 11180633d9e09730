using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Questions;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// Leader: appends what clients ask for, has a replicator and a heartbeat for each follower, commits what a
/// majority holds (figure 3.1, leaders), and steps down when a quorum or its own disk no longer follows.
/// </summary>
public sealed partial class RaftNode
{
    private Leadership? _leadership;

    private Leadership Lead => _leadership ?? throw new InvalidOperationException($"{PersistenceId} does not lead");

    private void BecomeLeader()
    {
        Timers.Cancel(NodeTick.Election);
        _leaderId = _self;
        _ledBy = (_currentTerm, _self);
        _leaderHeardAt = null;
        _contradiction = null;
        var lastStamp = _log.LastIndex > _log.BaseIndex ? _log[_log.LastIndex].Timestamp : 0;
        var clock = new LogClock(Context.System.Scheduler.Now, lastStamp, Now);
        _leadership = new Leadership(_self, Configuration, _currentTerm, _log.LastIndex + 1, _commitIndex, clock, Now);
        BecomeRole(RaftRole.Leader, Leader);
        _logger.Info("{0} leads term {1} from entry {2} on", PersistenceId, _currentTerm, _log.LastIndex + 1);

        // Only an entry of its own term tells the leader what is committed (6.4); clients may be slow to bring one.
        Append(NewEntry(EntryKind.Noop, EncodedPayload.None, default));
        StartFollowers();
        TakeOverFollowerReads();
        Timers.StartPeriodicTimer(NodeTick.Leadership, NodeTick.Leadership, _settings.HeartbeatInterval);
    }

    private bool Leader(object message)
    {
        switch (message)
        {
            case FollowerProgress progress when progress.Term == _currentTerm:
                OnFollowerProgress(progress);
                return true;
            case FollowerFinished finished when finished.Term == _currentTerm:
                LetGo(finished.Follower);
                return true;
            case HeartbeatAcknowledged acknowledged when acknowledged.Term == _currentTerm:
                OnHeartbeatAcknowledged(acknowledged);
                return true;
            case FollowerReturned returned when returned.Term == _currentTerm:
                _logger.Info("{0} hears from {1} again after {2}", PersistenceId, returned.Follower, returned.SilentFor);
                Lead.Find(returned.Follower)?.Replicator.Tell(returned, Self);
                Lead.Find(returned.Follower)?.Transfer?.Sender.Tell(returned, Self);
                return true;
            case SnapshotNeeded needed when needed.Term == _currentTerm:
                OnSnapshotNeeded(needed);
                return true;
            case TransferProgress progress when progress.Term == _currentTerm:
                OnTransferProgress(progress);
                return true;
            case TransferEnded ended when ended.Term == _currentTerm:
                OnTransferEnded(ended);
                return true;
            case ServerProbed probed when probed.Term == _currentTerm:
                OnServerProbed(probed);
                return true;
            case LaterTermSeen seen:
                // A server that was removed deposes nobody any more, whatever term it has come to.
                if (seen.Term > _currentTerm && Lead.Find(seen.Follower) is not null)
                {
                    _logger.Info("{0} steps down: {1} is in term {2}", PersistenceId, seen.Follower, seen.Term);
                    StepDownTo(seen.Term);
                }

                return true;
            case NodeTick.Leadership:
                OnLeadershipTick();
                return true;
            case NodeTick.EnqueueDeadline:
                OnEnqueueDeadline();
                return true;
            case ForwardedRequest forwarded:
                OnLeaderRequest(forwarded.Request);
                return true;
            case TransferLeadership transfer:
                OnTransferRequest(transfer);
                return true;
            case MembershipRequest change:
                OnMembershipRequest(change);
                return true;
            case RequestReadIndex asked:
                OnRequestReadIndex(asked);
                return true;
            case Apply or ApplyBarrier or VerifyLeader or Read { Consistency: not ReadConsistency.Stale }
                or RegisterSession or KeepSessionAlive or CloseSession or RestoreRequest or SkipEntry:
                OnLeaderRequest((IRaftRequest)message);
                return true;
            default:
                return false;
        }
    }

    private void OnHeartbeatAcknowledged(HeartbeatAcknowledged acknowledged)
    {
        if (Lead.Find(acknowledged.Header.From) is { } follower)
        {
            (follower.Journal, follower.HeardAt, follower.AnsweredSentAt) = (acknowledged.Header.Journal, Now, acknowledged.SentAt);
            (follower.Abilities, follower.NotServing, follower.State) = (acknowledged.Abilities, acknowledged.NotServing, acknowledged.State);
        }

        if (_identity.Counts(acknowledged.Header))
        {
            Lead.Lease.Contact(acknowledged.Header.From, acknowledged.SentAt);
            Lead.Reads.Answer(acknowledged.Header.From, acknowledged.Round);
            AnswerConfirmedReads();
            AcceptWaiting();
        }
    }

    private LogEntry NewEntry(EntryKind kind, EncodedPayload data, ReadOnlyMemory<byte> extensions, CommandSession? session = null) =>
        new(_log.LastIndex + 1, _currentTerm, kind, data, extensions, Lead.Clock.Stamp(Now)) { Session = session };

    private void StartFollowers()
    {
        foreach (var server in Configuration.Servers)
        {
            if (server.Id != _self && Lead.Find(server.Id) is null)
            {
                Lead.Followers.Add(StartFollower(server));
            }
        }
    }

    /// <summary>
    /// The actors' names carry the term, and a secret, so that only the follower can answer them (<see cref="AnswerBox"/>).
    /// </summary>
    private FollowerActors StartFollower(Server server)
    {
        var link = new FollowerLink(_settings.Group, _self, server.Id, _currentTerm, _environment.Peers.Resolve(server))
        {
            Identity = _identity.To(server.Id),
        };
        var (settings, seed, log) = (_settings, _random.Next(), new LogAdvanced(_log.View, _commitIndex, _log.Skips.All));
        var replicator = Akka.Actor.Props.Create(() =>
            new ReplicatorActor(link, settings, new Random(seed), log, log.Log.LastIndex));
        var heartbeat = Akka.Actor.Props.Create(() =>
            new HeartbeatActor(link, settings.HeartbeatInterval, settings.HeartbeatTimeout));
        var name = Leadership.NameOf(server.Id, _currentTerm, NewSecret());
        var follower = new FollowerActors(
            server,
            Context.ActorOf(replicator.On(_settings.Dispatcher), $"replicator-{name}"),
            Context.ActorOf(heartbeat.On(_settings.Dispatcher), $"heartbeat-{name}"));
        if (Lead.Reads.Round > 0)
        {
            // Those who read now wait for this server too, if it votes.
            follower.Heartbeat.Tell(new BeginRound(Lead.Reads.Round), Self);
        }

        return follower;
    }

    /// <summary>What they say of this group has changed.</summary>
    private void RestartFollowers()
    {
        Lead.Followers.ForEach(StopFollower);
        Lead.Followers.Clear();
        StartFollowers();
    }

    private void StopFollower(FollowerActors follower)
    {
        Context.Stop(follower.Replicator);
        Context.Stop(follower.Heartbeat);
        if (follower.Transfer is { } transfer)
        {
            Context.Stop(transfer.Sender);
        }
    }

    /// <summary>Shows the replicators what is new: entries as soon as they are in the log, beside the leader's own write (10.2.1).</summary>
    private void PublishLog()
    {
        var log = _log.View;
        if (Lead.Published is { } published && ReferenceEquals(published.Log, log) && published.CommitIndex == _commitIndex)
        {
            return;
        }

        Lead.Published = new LogAdvanced(log, _commitIndex, _log.Skips.All);
        foreach (var follower in Lead.Followers)
        {
            follower.Replicator.Tell(Lead.Published, Self);
        }

        foreach (var leaving in Lead.Leaving)
        {
            leaving.Replicator.Tell(Lead.Published, Self);
        }
    }

    /// <summary>The leader counts its own log only as far as it is durable.</summary>
    private void OnLeaderLogDurable() => OnMatch(_self, _journal.DurableIndex);

    private void OnFollowerProgress(FollowerProgress progress)
    {
        if (Lead.Find(progress.Follower) is { } follower)
        {
            follower.Progress = progress;
            follower.HasLostEntries |= progress.HasLostEntries;
            LetGoOfWhatWasHeldFor(follower);
            OnMatch(progress.Follower, MatchOf(follower));
            PromoteWhenClose();
            TellSuccessor();
        }
    }

    private void OnMatch(ServerId server, long matchIndex)
    {
        if (Lead.Commitment.Match(server, matchIndex))
        {
            CommitUpTo(Lead.Commitment.CommitIndex);
            AnswerConfirmedReads();
            RequestFlush();
            StepDownWhenRemoved();
            TellSuccessor();
        }
    }

    private void OnLeadershipTick()
    {
        var now = Now;

        // The answers may lie in the mailbox when the look itself is late, as after a pause: the next one finds them. Only one in
        // a row is excused, or
        // a leader on a machine that is always late would never step down.
        Lead.HasExcusedTick = !Lead.HasExcusedTick && now - Lead.LastTick > 2 * _settings.HeartbeatInterval;
        Lead.LastTick = now;
        if (IsJournalStalled)
        {
            _logger.Error(
                "{0} steps down: its journal has not answered for {1}; look at the disk or the database",
                PersistenceId, _journal.WriteAge(now));
            BecomeFollower(default);
        }
        else if (!Lead.HasExcusedTick && now - Lead.Lease.QuorumContact(Configuration.Voters, now) > _settings.LeaderLeaseTimeout)
        {
            _logger.Warning(
                "{0} steps down from term {1}: no quorum has answered for {2}", PersistenceId, _currentTerm, _settings.LeaderLeaseTimeout);
            BecomeFollower(default);
        }
        else
        {
            GiveUpReads(Lead.Reads.TakeWhere(read => read.Deadline <= now));
            OnMembershipTick(now);
            MakeWayWithoutState();
            TellSuccessor();
            TellOfFollowers(now);
        }
    }

    /// <summary>
    /// The end of leadership. What is not committed has an open outcome; what waits to be accepted, and every read, is
    /// certainly not done. What is committed is answered by the state machine all the same.
    /// </summary>
    private void LeaveLeadership()
    {
        var term = Lead.Term;
        Timers.Cancel(NodeTick.Leadership);
        Timers.Cancel(NodeTick.EnqueueDeadline);
        Lead.Followers.ForEach(StopFollower);
        Lead.Leaving.ForEach(StopFollower);
        foreach (var pending in _proposals.TakeUncommitted())
        {
            pending.Client.Tell(new LeadershipLost(pending.Index, term), Self);
        }

        if (Lead.Change is { Probe: not null } asked)
        {
            GiveUpProbe(asked, new NotLeader(default, null));
        }

        if (Lead.Change is { } change)
        {
            change.Client.Tell(new LeadershipLost(Math.Max(change.Index, _configurations.LatestIndex), term), Self);
        }

        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(new NotLeader(default, null), Self);
        }

        RefuseReads(Lead.Reads.TakeAll(), new LeadershipLost(0, term));

        _leadership = null;
    }
}
