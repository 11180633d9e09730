using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>What the node's parts see of it.</summary>
public sealed partial class RaftNode : ILeaderContext, ILocalSnapshots
{
    DateTimeOffset ILeaderContext.WallClock => Context.System.Scheduler.Now;

    JournalIdentity ILeaderContext.Journal => _journalIdentity;

    Abilities ILeaderContext.Abilities => _abilities;

    IActorRef ILeaderContext.StateMachine => _stateMachine;

    long ILeaderContext.LastApplied => _lastApplied;

    StateMachineFault? ILeaderContext.StoppedAt => _stoppedAt;

    string? ILeaderContext.StoppedInWords => StoppedInWords;

    bool ILeaderContext.IsLogFull => IsLogFull;

    PeerIdentity ILeaderContext.IdentityTo(ServerId receiver) => IdentityTo(receiver);

    bool ILeaderContext.Counts(PeerHeader header) => Counts(header);

    UInt128 ILeaderContext.NewIdentity() => _environment.NewIdentity();

    bool ILeaderContext.ShouldLog(ServerId about, string reason) => _gate.ShouldLog(about, reason, Now);

    void ILeaderContext.Observe(RaftObservation observation) => TellObservers(observation);

    void ILeaderContext.StepDown() => BecomeFollower(default);

    void ILeaderContext.StepDownTo(long term) => StepDownTo(term);

    void ILeaderContext.LeaveWhenRemoved()
    {
        if (MustLeave)
        {
            ShutDownRemoved();
        }
    }

    void ILeaderContext.OnRequest(IRaftRequest request) => OnRequest(request);

    StoredSnapshot? ILocalSnapshots.Newest => NewestSnapshot;

    IActorRef ILocalSnapshots.Store => _snapshotStore;

    long ILocalSnapshots.Superfluous => _superfluous;

    void ILocalSnapshots.BeginIfPossible()
    {
        if (ReasonAgainstSnapshot() is null)
        {
            BeginSnapshot();
        }
    }

    void ILocalSnapshots.Forget(StoredSnapshot unreadable) => _snapshots = _snapshots.Remove(unreadable);

    void ILocalSnapshots.Sweep() => Sweep();

    void ILocalSnapshots.Compact() => Compact();

    void ILocalSnapshots.Tell(SnapshotActivity activity, ServerId peer, long index, long bytesDone, long bytes) =>
        TellSnapshot(activity, peer, index, bytesDone, bytes);

    string INodeContext.Name => PersistenceId;

    ServerId INodeContext.Self => _self;

    RaftSettings INodeContext.Settings => _settings;

    PayloadCodec INodeContext.Codec => _environment.Codec;

    Random INodeContext.Random => _random;

    ILoggingAdapter INodeContext.Logger => _logger;

    TimeSpan INodeContext.Now => Now;

    RaftRole INodeContext.Role => _role;

    long INodeContext.Term => _currentTerm;

    ServerId INodeContext.LeaderId => _leaderId;

    Server? INodeContext.KnownLeader => KnownLeader;

    RaftLog INodeContext.Log => _log;

    ConfigurationHistory INodeContext.Configurations => _configurations;

    Configuration INodeContext.Configuration => Configuration;

    long INodeContext.CommitIndex => _commitIndex;

    bool INodeContext.IsJournalStalled => IsJournalStalled;

    IActorRef INodeContext.Sender => Sender;

    void INodeContext.Append(LogEntry entry) => Append(entry);

    void INodeContext.CommitUpTo(long index) => CommitUpTo(index);

    void INodeContext.Persist(IJournalEvent change)
    {
        _journal.Add(change);
        RequestFlush();
    }

    void INodeContext.WhenDurable(Action step, object? key) => _journal.WhenDurable(step, key);

    void INodeContext.RequestFlush() => RequestFlush();

    void INodeContext.Tell(IActorRef receiver, object message) => receiver.Tell(message, Self);

    void INodeContext.Tell(Server receiver, IPeerMessage message) => _environment.Peers.Resolve(receiver).Tell(message, Self);

    PeerHeader INodeContext.HeaderTo(ServerId receiver) => HeaderTo(receiver);

    IActorRef INodeContext.Resolve(Server server) => _environment.Peers.Resolve(server);

    string INodeContext.NewSecret() => NewSecret();

    IActorRef INodeContext.Spawn(Props props, string name) => Context.ActorOf(props, name);

    void INodeContext.Stop(IActorRef child) => Context.Stop(child);
}
