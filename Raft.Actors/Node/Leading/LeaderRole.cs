using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Leader: appends what clients ask for, has a replicator and a heartbeat for each follower, commits what a majority holds
/// (figure 3.1, leaders), and steps down when a quorum or its own disk no longer follows. It lives for one term.
/// </summary>
internal sealed class LeaderRole : ILeading
{
    private readonly ILeaderContext _node;
    private readonly ProposalQueue _proposals;
    private readonly HandOver _handOver;
    private readonly Leadership _leadership;
    private readonly ConfigurationChanges _changes;
    private readonly MemberJournals _journals;
    private readonly CommandVersion _version;
    private readonly LeaderRequests _requests;
    private readonly FollowerReports _reports;
    private TimeSpan _lastTick;
    private bool _hasExcusedTick;

    /// <summary>A server was elected: its next entry is the first of its term.</summary>
    public LeaderRole(
        ILeaderContext node, ProposalQueue proposals, HandOver handOver, RestoreRequests restores,
        OwnState state, LocalSnapshots snapshots, Observing observing)
    {
        (_node, _proposals, _handOver) = (node, proposals, handOver);
        _leadership = new Leadership(node);
        _lastTick = node.Now;
        Followers = new Followers(node, _leadership);
        Reads = new LeaderReads(node, _leadership, Followers, handOver, state);
        _version = new CommandVersion(node, Followers);
        var types = new CommandTypes(node, Followers);
        Intake = new Intake(node, _leadership, proposals, types, _version);
        _requests = new LeaderRequests(node, _leadership, Followers, handOver, Intake, Reads, restores, state);
        _changes = new ConfigurationChanges(node, _leadership, Followers, handOver, Intake, types);
        _journals = new MemberJournals(node, Followers, _changes);
        Succession = new Succession(node, _leadership, Followers, handOver, proposals);
        Transfers = new SnapshotTransfers(node, _leadership, Followers, snapshots, observing);
        _reports = new FollowerReports(node, _leadership, Followers, observing);
    }

    /// <summary>Its followers.</summary>
    public Followers Followers { get; }

    /// <summary>What it takes in.</summary>
    public Intake Intake { get; }

    /// <summary>Who leads next.</summary>
    public Succession Succession { get; }

    /// <summary>The snapshots that it sends.</summary>
    public SnapshotTransfers Transfers { get; }

    /// <summary>The reads that wait for it to be confirmed.</summary>
    public LeaderReads Reads { get; }

    /// <inheritdoc />
    IEnumerable<long> ILeading.SnapshotsOnTheirWay => Transfers.Numbers;

    /// <inheritdoc />
    IEnumerable<long> ILeading.NeededFrom => Followers.Present.Select(static follower => follower.NeedsFrom).OfType<long>();

    /// <inheritdoc />
    void ILeading.RenewTransfers() => Transfers.Renew();

    /// <inheritdoc />
    void ILeading.RestartFollowers() => Followers.Restart();

    /// <inheritdoc />
    void ILeading.AcceptWaiting() => Intake.AcceptWaiting();

    /// <summary>Begins to lead.</summary>
    /// <param name="readsTakenBefore">Reads that this server took in as a follower.</param>
    public void Begin(IReadOnlyList<PendingRead> readsTakenBefore)
    {
        _node.Logger.Info("{0} leads term {1} from entry {2} on", _node.Name, _node.Term, _leadership.Commitment.StartIndex);

        // Only an entry of its own term tells the leader what is committed (6.4); clients may be slow to bring one.
        _node.Append(Intake.NewEntry(EntryKind.Noop, EncodedPayload.None));
        Followers.Start();
        Reads.TakeOver(readsTakenBefore);
        StartTimer();
    }

    /// <summary>The leader's behaviour.</summary>
    /// <returns>False where every role answers the message alike.</returns>
    public bool Handle(object message)
    {
        switch (message)
        {
            case IFollowerReport report:
                if (report.Term == _leadership.Term)
                {
                    OnReport(report);
                }

                return true;
            case LaterTermSeen seen:
                OnLaterTermSeen(seen);
                return true;
            case NodeTick.Leadership:
                OnTick();
                return true;
            case NodeTick.EnqueueDeadline:
                Intake.OnDeadline();
                return true;
            case ForwardedRequest forwarded:
                _requests.On(forwarded.Request);
                return true;
            case TransferLeadership transfer:
                Succession.OnTransferRequest(transfer);
                return true;
            case MembershipRequest change:
                _changes.OnRequest(change);
                return true;
            case RequestReadIndex asked:
                Reads.OnRequestReadIndex(asked);
                return true;
            case IEntryRequest or VerifyLeader or Read { Consistency: not ReadConsistency.Stale }:
                _requests.On((IRaftRequest)message);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What gathered while the mailbox was emptied is on its way to the disk, and goes to the followers too.</summary>
    public void OnFlush()
    {
        Followers.Publish();
        Reads.BeginRoundIfDue();
    }

    /// <summary>The leader counts its own log only as far as it is durable.</summary>
    public void OnLogDurable(long durableIndex) => OnMatch(_node.Self, durableIndex);

    /// <summary>Another configuration is in force. Its voters count from here on.</summary>
    public void OnConfigurationChanged()
    {
        Followers.OnConfigurationChanged();
        var commits = _leadership.Commitment.SetVoters(_node.Configuration.Voters);
        foreach (var follower in Followers.Present)
        {
            // One that was a nonvoter and is a voter now was heard before it counted.
            commits |= _leadership.Commitment.Match(follower.Server.Id, Followers.MatchOf(follower));
        }

        if (commits)
        {
            _node.CommitUpTo(_leadership.Commitment.CommitIndex);
        }
    }

    /// <summary>A configuration is committed.</summary>
    public void OnConfigurationCommitted(long index, Configuration configuration) => _changes.OnCommitted(index, configuration);

    /// <summary>The pace of heartbeats has changed.</summary>
    public void OnSettingsChanged()
    {
        StartTimer();
        Followers.SetPace();
    }

    /// <summary>How far each follower is.</summary>
    public IEnumerable<FollowerStatus> FollowerStatuses() => _reports.Statuses();

    /// <summary>What keeps a server from becoming a voter though it has caught up; null where nothing does.</summary>
    public string? WhyWaits(ServerId server) => _changes.WhyWaits(server);

    /// <summary>The node ends: what a change of the configuration waits for has an open outcome.</summary>
    public void FailChange(Func<long, RaftFailure> openOutcome) => _changes.Fail(openOutcome);

    /// <summary>
    /// The end of leadership. What is not committed has an open outcome; what waits to be accepted, and every read, was
    /// certainly not done. What is committed is answered by the state machine all the same.
    /// </summary>
    public void End()
    {
        var term = _leadership.Term;
        _node.Timers.Cancel(NodeTick.Leadership);
        _node.Timers.Cancel(NodeTick.EnqueueDeadline);
        Followers.StopAll();
        foreach (var pending in _proposals.TakeUncommitted())
        {
            _node.Tell(pending.Client, new LeadershipLost(pending.Index, term));
        }

        _changes.LoseLeadership();
        foreach (var client in _proposals.TakeWaiting())
        {
            _node.Tell(client, new NotLeader(default, null));
        }

        Reads.RefuseAll(new LeadershipLost(0, term));
    }

    private void StartTimer() =>
        _node.Timers.StartPeriodicTimer(NodeTick.Leadership, NodeTick.Leadership, _node.Settings.HeartbeatInterval);

    /// <summary>What the leader's own actors tell it.</summary>
    private void OnReport(IFollowerReport report)
    {
        switch (report)
        {
            case FollowerProgress progress:
                OnFollowerProgress(progress);
                break;
            case FollowerFinished finished:
                Followers.LetGo(finished.Follower);
                break;
            case HeartbeatAcknowledged acknowledged:
                OnHeartbeatAcknowledged(acknowledged);
                break;
            case FollowerReturned returned:
                Followers.OnReturned(returned);
                break;
            case SnapshotNeeded needed:
                Transfers.OnNeeded(needed);
                break;
            case TransferProgress progress:
                Transfers.OnProgress(progress);
                break;
            case TransferEnded ended:
                Transfers.OnEnded(ended);
                break;
            case ServerProbed probed:
                _changes.OnServerProbed(probed);
                break;
        }
    }

    private void OnFollowerProgress(FollowerProgress progress)
    {
        if (Followers.Find(progress.Follower) is { } follower)
        {
            follower.Progress = progress;
            follower.HasLostEntries |= progress.HasLostEntries;
            Transfers.LetGoOfWhatWasHeldFor(follower);
            OnMatch(progress.Follower, Followers.MatchOf(follower));
            _changes.PromoteWhenClose();
            Succession.TellSuccessor();
        }
    }

    private void OnHeartbeatAcknowledged(HeartbeatAcknowledged acknowledged)
    {
        var header = acknowledged.Header;
        Followers.Find(header.From)?.OnHeartbeatAcknowledged(acknowledged, _node.Now);
        if (_node.Counts(header))
        {
            _leadership.Lease.Contact(header.From, acknowledged.SentAt);
            Reads.OnRoundAnswered(header.From, acknowledged.Round);
            Intake.AcceptWaiting();
        }
    }

    private void OnLaterTermSeen(LaterTermSeen seen)
    {
        // A server that was removed deposes no leader any more, whatever term it has come to.
        if (seen.Term > _node.Term && Followers.Find(seen.Follower) is not null)
        {
            _node.Logger.Info("{0} steps down: {1} is in term {2}", _node.Name, seen.Follower, seen.Term);
            _node.StepDownTo(seen.Term);
        }
    }

    private void OnMatch(ServerId server, long matchIndex)
    {
        if (_leadership.Commitment.Match(server, matchIndex))
        {
            _node.CommitUpTo(_leadership.Commitment.CommitIndex);
            Reads.AnswerConfirmed();
            _node.RequestFlush();
            StepDownWhenRemoved();
            Succession.TellSuccessor();
        }
    }

    private void OnTick()
    {
        var now = _node.Now;

        // The answers may lie in the mailbox when the look itself is late, as after a pause: the next one finds them. Only one in
        // a row is excused, or a leader on a machine that is always late would never step down.
        _hasExcusedTick = !_hasExcusedTick && now - _lastTick > 2 * _node.Settings.HeartbeatInterval;
        _lastTick = now;
        if (_node.IsJournalStalled)
        {
            _node.Logger.Error(
                "{0} steps down: its journal has not answered for more than {1}; look at the disk or the database",
                _node.Name, _node.Settings.Journal.StallTimeout);
            _node.StepDown();
        }
        else if (!_hasExcusedTick && _leadership.QuorumSilence > _node.Settings.LeaderLeaseTimeout)
        {
            _node.Logger.Warning(
                "{0} steps down from term {1}: no quorum has answered for {2}",
                _node.Name, _node.Term, _node.Settings.LeaderLeaseTimeout);
            _node.StepDown();
        }
        else
        {
            Reads.GiveUpLate();
            LookAfterMembers();
            Succession.MakeWayWithoutState();
            Succession.TellSuccessor();
            _reports.OnTick();
        }
    }

    private void LookAfterMembers()
    {
        _changes.PromoteWhenClose();
        if (!_handOver.IsUnderWay && _changes.WhyNotNow is null)
        {
            _journals.OnTick();
        }

        if (!_handOver.IsUnderWay && !_node.Configuration.Identity.IsNone
            && _changes.WhyNotNow is null && _version.Next() is { } next)
        {
            _changes.Append(next);
        }

        Followers.LetGoOfRemoved();
    }

    /// <summary>A leader without a vote leads until that is committed, without counting itself, and no longer (4.2.2).</summary>
    private void StepDownWhenRemoved()
    {
        if (_node.Configurations.IsLatestCommitted && !_node.Configuration.IsVoter(_node.Self, _node.Journal))
        {
            _node.Logger.Info("{0} steps down: it has no vote any more ({1})", _node.Name, _node.Configuration);
            Succession.TellBest();
            _node.StepDown();
            _node.LeaveWhenRemoved();
        }
    }
}
