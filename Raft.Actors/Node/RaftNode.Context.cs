using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>What the node's parts see of it.</summary>
public sealed partial class RaftNode : INodeContext
{
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
