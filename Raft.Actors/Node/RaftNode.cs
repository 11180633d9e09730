using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Applying;
using Raft.Actors.Dispatch;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Following;
using Raft.Actors.Node.Identity;
using Raft.Actors.Node.Leading;
using Raft.Actors.Node.Machine;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>
/// One server of a Raft group: the state of figure 3.1 and what all roles share. Each role is a behaviour in a
/// file of its own (Follower, PreCandidate, Candidate, Leader); the arithmetic sits in plain classes beside it.
/// </summary>
/// <remarks>
/// The node decides and delegates. Its path has no async, no locks, no clock but the scheduler's and no randomness but
/// the seed's. Nothing that asserts durability leaves before the journal has confirmed it (<see cref="JournalQueue"/>).
/// </remarks>
public sealed partial class RaftNode : UntypedPersistentActor, IWithTimers
{
    private readonly RaftEnvironment _environment;
    private RaftSettings _settings;
    private readonly Random _random;
    private readonly ILoggingAdapter _logger;

    // Persistent state on all servers, and what of it has yet to become durable.
    private readonly RaftLog _log = new();
    private readonly ConfigurationHistory _configurations = new();
    private readonly JournalQueue _journal;
    private readonly HardState _hardState = new();

    // Volatile state on all servers.
    private readonly ProposalQueue _proposals;
    private RaftRole _role = RaftRole.Recovering;
    private long _commitIndex;
    private readonly LeaderSeen _leaderSeen;
    private readonly Safety _safety = new();
    private readonly LastWords _lastWords = new();

    // The parts that every node has. Each owns its state.
    private readonly Observing _observing;
    private readonly NodeIdentity _identity;
    private readonly OwnState _state;
    private readonly MachineFaults _faults;
    private readonly LocalSnapshots _snapshots;
    private readonly HandOver _handOver;
    private readonly RestoreRequests _restores;
    private readonly FollowerReading _reading;
    private readonly FollowerConfirmations _confirmations;
    private readonly GroupFounding _founding;
    private readonly Campaign _campaign;
    private readonly JournalRecovery _recovery;
    private readonly OwnMembership _membership;
    private readonly PeerDoor _door;
    private readonly NodeReports _reports;

    // What it is beside that while it leads.
    private LeaderRole? _leader;

    /// <summary>Makes a node; a <see cref="RaftSupervisor"/> does.</summary>
    public RaftNode(RaftEnvironment environment)
    {
        _environment = environment;
        _settings = environment.Settings;
        _random = new Random(environment.Seed);
        _logger = Context.GetLogger();
        _journal = new JournalQueue(_settings.Journal.MaxEntriesPerEvent, _settings.Journal.MaxBytesPerEvent);
        _proposals = new ProposalQueue(_settings.Intake);
        _leaderSeen = new LeaderSeen(startedAt: Now);
        _observing = new Observing(this);
        _identity = new NodeIdentity(this, environment.NewIdentity);
        var version = new VersionSupport(this, environment.Codec.AbilitiesOf(environment.Software));
        _state = new OwnState(this, version);
        _faults = new MachineFaults(this, _state, environment.FailedBefore);
        _handOver = new HandOver(this);
        _restores = new RestoreRequests(this, _state, _handOver);
        _snapshots = new LocalSnapshots(this, _state, _faults, _identity, _observing);

        var firstSequence = (long)((ulong)environment.NewIdentity() >> 2);
        _reading = new FollowerReading(this, _state, version, _faults, firstSequence);
        _confirmations = new FollowerConfirmations(this, _state, version, _faults, _snapshots);
        _founding = new GroupFounding(this, _identity);
        _campaign = new Campaign(this);
        _recovery = new JournalRecovery(this, _hardState, _identity, _safety, _snapshots);
        _membership = new OwnMembership(this);
        _door = new PeerDoor(this, _identity, _safety);
        _reports = new NodeReports(this, _identity, _state, _faults, _snapshots, _proposals);
        JournalPluginId = _settings.Journal.Plugin;

        // The node's snapshots are none of Akka's (see Snapshots/), and Akka's default store would make a directory of files
        // for nothing.
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
        environment.Observer?.Invoke(this);
    }

    /// <inheritdoc />
    public override string PersistenceId => _settings.PersistenceId;

    /// <inheritdoc />
    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private ServerId OwnId => _settings.ServerId;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private Configuration Configuration => _configurations.Latest;

    /// <summary>
    /// Where the leader is heard from (as in hashicorp/raft), for one that came back elsewhere leads before the configuration
    /// says where; null where none is known.
    /// </summary>
    private string? LeaderAddress =>
        Configuration.Find(_leaderSeen.Id) is { Address: var configured } ? _leaderSeen.HeardFrom ?? configured : null;

    private StoredSnapshot? NewestSnapshot => _snapshots.Kept.Newest;

    private Server? KnownLeader => LeaderAddress is { } address ? new Server(_leaderSeen.Id, address) : null;

    /// <summary>The props of a node.</summary>
    public static Props Props(RaftEnvironment environment) =>
        Akka.Actor.Props.Create(() => new RaftNode(environment))
            .On(environment.Settings.Dispatcher)
            .WithMailbox(IntakeMailbox.Id);

    /// <inheritdoc />
    protected override void PreStart()
    {
        if (_settings.Snapshots.AreOn)
        {
            _snapshots.Start(Persistence.Instance.Apply(Context.System).SnapshotStoreFor(_settings.Snapshots.Plugin));
        }

        var source = new SnapshotSource(
            _snapshots.Kept.Store,
            _snapshots.Kept.Keys,
            _settings.RestartMinBackoff,
            _settings.RestartMaxBackoff,
            _random.Next());
        var props = Akka.Actor.Props.Create(() =>
            new StateMachineActor(
                _environment.StateMachine,
                _environment.Codec,
                _settings.StateMachineMaxBatchSize,
                source,
                _environment.FailedBefore));
        _state.Start(Context.Watch(Context.ActorOf(props.On(_settings.StateMachineDispatcher), "state-machine")));
        base.PreStart();
    }

    /// <summary>
    /// A child that fails is a fault of the library: the node goes down with it and comes back from its journal.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(static _ => Directive.Escalate);

    /// <inheritdoc />
    protected override void OnCommand(object message) => Unhandled(message);

    /// <summary>
    /// What changed by a message is told after it, so that no place that changes a role or a term has to think of it.
    /// </summary>
    protected override bool AroundReceive(Receive receive, object message)
    {
        var handled = base.AroundReceive(receive, message);
        _observing.TellWhatChanged();
        return handled;
    }

    /// <summary>What the simulation looks at after every step, to hold it against the rules of Raft.</summary>
    internal NodeObservation Observe() => new(
        _role, _hardState.Term, _hardState.DurableTerm, _hardState.VotedFor, _leaderSeen.Id,
        _log.View, _journal.DurableIndex, _commitIndex, _state.LastApplied, Configuration,
        _proposals.InFlight, _state.HasState, _faults.StoppedAt?.Index ?? 0,
        new QueueSizes(_proposals.WaitingCount, (_leader?.Reads.Count ?? 0) + _reading.Count, _journal.Size, _log.Bytes))
    {
        BrokenSafety = _safety.Broken ?? _safety.Contradiction,
    };

    /// <summary>
    /// Takes up a later term, of which it has not voted yet (figure 3.1, all servers, second rule). The new term is on
    /// its way to the journal before anything is said in it.
    /// </summary>
    private void AdoptTerm(long term)
    {
        EnterTerm(term, votedFor: default);
        _snapshots.Installation.AbandonReceived();
    }

    /// <summary>Steps down into a later term that a message carries; its leader is not known yet.</summary>
    private void StepDownTo(long term)
    {
        AdoptTerm(term);
        BecomeFollower(default);
    }

    /// <summary>Appends an entry to the log and gathers it for the journal.</summary>
    private void Append(LogEntry entry)
    {
        _log.Append(entry);
        _journal.Add(entry);
        if (_configurations.Append(entry))
        {
            if (entry.Index == NodeIdentity.FirstEntry)
            {
                _founding.OnGroupBegun();
            }

            _identity.OnConfigurationAppended(entry.Index, Configuration);
            OnConfigurationChanged();
        }

        RequestFlush();
    }

    /// <summary>Removes a suffix that conflicts with the leader's log; what replaces it follows at once.</summary>
    private void Truncate(long fromIndex)
    {
        var committed = Math.Max(_commitIndex, _log.BaseIndex);
        if (fromIndex <= committed)
        {
            throw new SafetyBrokenException(
                $"a leader of term {_hardState.Term} asks to replace entry {fromIndex}, "
                + $"but entries up to {committed} are committed here",
                isOfCommitted: true);
        }

        _logger.Info("{0} replaces its uncommitted entries {1} to {2} by the leader's", PersistenceId, fromIndex, _log.LastIndex);
        _log.TruncateFrom(fromIndex);
        _journal.Truncated(fromIndex);
        if (_configurations.TruncateFrom(fromIndex))
        {
            OnConfigurationChanged();
        }
    }

    /// <summary>Raises the commit index and hands what is committed to the state machine.</summary>
    private void CommitUpTo(long index)
    {
        // What an installed snapshot stands for is committed as soon as the event that put it in the log's place is durable.
        if (index <= _commitIndex || index <= _log.BaseIndex)
        {
            return;
        }

        _snapshots.Committed(_log.SizeOf(Math.Max(_commitIndex, _log.BaseIndex) + 1, index));
        var before = _commitIndex;
        _commitIndex = index;
        var replies = _proposals.Commit(index);
        if (!_faults.OnSkipsCommitted(before, ref replies))
        {
            return;
        }

        _state.HandOut(replies);
        FreeIntake();
        foreach (var (configurationIndex, configuration) in _configurations.Commit(index))
        {
            _membership.OnCommitted(configurationIndex, configuration);
            _identity.Join(configuration.Identity);
            _leader?.OnConfigurationCommitted(configurationIndex, configuration);
        }

        _reading.AnswerCommitted();
    }

    private void OnConfigurationChanged()
    {
        _identity.OnConfigurationChanged();
        _state.CheckVersion();
        _leader?.OnConfigurationChanged();
    }

    /// <summary>Other settings, which the supervisor has checked and gives to the node's next lives too.</summary>
    private void OnSettingsChanged(RaftSettings settings)
    {
        _logger.Info("{0} goes on with other settings: {1}", PersistenceId, ReloadSettings.Of(settings));
        _settings = settings;
        _snapshots.ChangeSettings();
        if (_leader is { } leader)
        {
            leader.OnSettingsChanged();
        }
        else
        {
            _campaign.BeginTimer(_role == RaftRole.Follower ? settings.HeartbeatTimeout : settings.ElectionTimeout);
        }
    }

    /// <summary>What a snapshot stands for is committed.</summary>
    private void AdoptCommitted(StoredSnapshot snapshot)
    {
        _commitIndex = Math.Max(_commitIndex, snapshot.Index);
        _membership.Learn(snapshot.Content.Configuration);
    }

    private PeerHeader HeaderTo(ServerId to, long term) =>
        new(ProtocolVersion.Current, _settings.Group, OwnId, to, term) { Identity = _identity.To(to) };

    private PeerHeader HeaderTo(ServerId to) => HeaderTo(to, _hardState.Term);
}
