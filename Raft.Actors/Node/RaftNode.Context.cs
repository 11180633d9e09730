using System.Globalization;
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
public sealed partial class RaftNode : ILeaderContext
{
    DateTimeOffset ILeaderContext.WallClock => Context.System.Scheduler.Now;
    JournalIdentity ILeaderContext.Journal => _identity.Journal;
    Abilities ILeaderContext.Abilities => _state.Version.Abilities;
    StateMachineFault? ILeaderContext.StoppedAt => _faults.StoppedAt;
    string? ILeaderContext.StoppedInWords => _faults.StoppedInWords;
    bool ILeaderContext.IsLogFull => _snapshots.Compaction.IsLogFull;
    PeerIdentity ILeaderContext.IdentityTo(ServerId receiver) => _identity.To(receiver);
    bool ILeaderContext.Counts(PeerHeader header) => _identity.Counts(header);
    UInt128 ILeaderContext.NewIdentity() => _environment.NewIdentity();
    void ILeaderContext.StepDown() => BecomeFollower(default);
    void ILeaderContext.StepDownTo(long term) => StepDownTo(term);

    void ILeaderContext.LeaveWhenRemoved()
    {
        if (_membership.MustLeave)
        {
            ShutDownRemoved();
        }
    }

    void ILeaderContext.OnRequest(IRaftRequest request) => OnRequest(request);
    string INodeContext.Name => PersistenceId;
    ServerId INodeContext.Self => OwnId;
    RaftSettings INodeContext.Settings => _settings;
    PayloadCodec INodeContext.Codec => _environment.Codec;
    Random INodeContext.Random => _random;
    ILoggingAdapter INodeContext.Logger => _logger;
    TimeSpan INodeContext.Now => Now;
    RaftRole INodeContext.Role => _role;
    long INodeContext.Term => _hardState.Term;
    long INodeContext.DurableTerm => _hardState.DurableTerm;
    ServerId INodeContext.VotedFor => _hardState.VotedFor;
    ServerId INodeContext.LeaderId => _leaderSeen.Id;
    string? INodeContext.LeaderAddress => LeaderAddress;
    Server? INodeContext.KnownLeader => KnownLeader;
    RaftLog INodeContext.Log => _log;
    ConfigurationHistory INodeContext.Configurations => _configurations;
    Configuration INodeContext.Configuration => Configuration;
    long INodeContext.CommitIndex => _commitIndex;
    bool INodeContext.IsJournalStalled => IsJournalStalled;
    long INodeContext.AwaitedWrite => _journal.AwaitedWrite;
    string? INodeContext.NotServing => NotServing;
    ILeading? INodeContext.Leading => _leader;
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
    PeerHeader INodeContext.HeaderTo(ServerId receiver, long term) => HeaderTo(receiver, term);
    IActorRef INodeContext.Resolve(Server server) => _environment.Peers.Resolve(server);
    string INodeContext.NewSecret() => ((ulong)_environment.NewIdentity()).ToString("x16", CultureInfo.InvariantCulture);
    IActorRef INodeContext.Spawn(Props props, string name) => Context.ActorOf(props, name);
    void INodeContext.Stop(IActorRef child) => Context.Stop(child);
    void INodeContext.TellSelf(NodeTick tick) => Self.Tell(tick);
    void INodeContext.TellSupervisor(object message) => Context.Parent.Tell(message, Self);
    bool INodeContext.ShouldLog(ServerId server, string reason) => _door.ShouldLog(server, reason);
    void INodeContext.DeleteJournalTo(long sequenceNr) => DeleteMessages(sequenceNr);

    void INodeContext.ReplaceLog(SnapshotCompleted completed)
    {
        var newest = completed.Newest;
        var content = newest.Content;
        _log.Reset(newest.Index, content.Term);
        _configurations.Install(newest.Index, content.ConfigurationIndex, content.Configuration, discardsLog: true);
        _journal.AddReplacement(completed, newest.Index, _commitIndex);
        _identity.Join(content.Configuration.Identity);
        OnConfigurationChanged();
    }

    void INodeContext.AdoptSnapshot(StoredSnapshot snapshot) => AdoptCommitted(snapshot);

    void INodeContext.RefuseFollowerReads(RaftFailure reason) => _reading.Refuse(reason);

    void INodeContext.RefuseWaiting(RaftFailure reason)
    {
        _leader?.Reads.RefuseAll(reason);
        _reading.Refuse(reason);
        _restores.RefuseAll(reason);
        foreach (var client in _proposals.TakeWaiting())
        {
            client.Tell(reason, Self);
        }

        FreeIntake();
    }

    void INodeContext.Fail(NodeFailed failure, RaftFailure notDone)
    {
        _lastWords.Change(failure.OpenOutcome, notDone);
        Context.Parent.Tell(failure);
    }

    void INodeContext.StopSelf() => Context.Stop(Self);
    void INodeContext.GiveVote(long term, ServerId candidate) => EnterTerm(term, candidate);
    void INodeContext.CampaignWhenAlone() => CampaignWhenAlone();
}
