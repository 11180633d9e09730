using Akka.Actor;
using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;

namespace Raft.Actors.Node.Contracts;

/// <summary>
/// All that a part of the node sees of it: the state of figure 3.1, and the few things that only an actor can do. A part
/// owns its own state. It changes the node's only through the methods here.
/// </summary>
internal interface INodeContext
{
    /// <summary>The node's name in logs: its persistence id.</summary>
    string Name { get; }

    /// <summary>The server that the node is.</summary>
    ServerId Self { get; }

    /// <summary>The settings in force. They may change while the node runs.</summary>
    RaftSettings Settings { get; }

    /// <summary>Reads and writes typed commands.</summary>
    PayloadCodec Codec { get; }

    /// <summary>The node's only source of randomness.</summary>
    Random Random { get; }

    /// <summary>The node's log lines.</summary>
    ILoggingAdapter Logger { get; }

    /// <summary>The time of the scheduler's monotonic clock.</summary>
    TimeSpan Now { get; }

    /// <summary>Timers by <see cref="NodeTick"/>.</summary>
    ITimerScheduler Timers { get; }

    /// <summary>The role that the node has now.</summary>
    RaftRole Role { get; }

    /// <summary>The current term; it may not be durable yet.</summary>
    long Term { get; }

    /// <summary>The latest term that is durable.</summary>
    long DurableTerm { get; }

    /// <summary>Who has the node's vote in the current term; none where nobody has.</summary>
    ServerId VotedFor { get; }

    /// <summary>The leader that the node knows; none where it knows none.</summary>
    ServerId LeaderId { get; }

    /// <summary>Where the leader is reached; null where the node knows no leader.</summary>
    string? LeaderAddress { get; }

    /// <summary>The leader with its address; null where the node knows no leader.</summary>
    Server? KnownLeader { get; }

    /// <summary>The log. Parts read it; only the node appends and truncates.</summary>
    RaftLog Log { get; }

    /// <summary>The configurations of the log. Parts read them.</summary>
    ConfigurationHistory Configurations { get; }

    /// <summary>The configuration in force: the latest in the log.</summary>
    Configuration Configuration { get; }

    /// <summary>The index of the last entry that is known to be committed.</summary>
    long CommitIndex { get; }

    /// <summary>
    /// The number of the write that a step waits for now (<see cref="JournalQueue.AwaitedWrite"/>); 0 where it waits for
    /// none.
    /// </summary>
    long AwaitedWrite { get; }

    /// <summary>Whether the disk must be thought to hang.</summary>
    bool IsJournalStalled { get; }

    /// <summary>Why this server serves nobody; null where it does.</summary>
    string? NotServing { get; }

    /// <summary>What the node does because it leads; null where it does not lead.</summary>
    ILeading? Leading { get; }

    /// <summary>Who sent the message that is being handled.</summary>
    IActorRef Sender { get; }

    /// <summary>Appends an entry to the log and has it written.</summary>
    void Append(LogEntry entry);

    /// <summary>Raises the commit index; does nothing where it is as high already.</summary>
    void CommitUpTo(long index);

    /// <summary>Has an event written to the journal.</summary>
    void Persist(IJournalEvent change);

    /// <summary>Runs a step as soon as everything that was given to the journal so far is durable.</summary>
    /// <param name="step">The step.</param>
    /// <param name="key">A step of the same key that still waits is replaced by this one; null: none is.</param>
    void WhenDurable(Action step, object? key = null);

    /// <summary>
    /// Asks for a write, and for what the leader sends with it, after the messages that already wait in the mailbox.
    /// </summary>
    void RequestFlush();

    /// <summary>Tells an actor something in the node's name.</summary>
    void Tell(IActorRef receiver, object message);

    /// <summary>Tells another server something in the node's name.</summary>
    void Tell(Server receiver, IPeerMessage message);

    /// <summary>The header of a message of the current term to a server.</summary>
    PeerHeader HeaderTo(ServerId receiver);

    /// <summary>The header of a message of another term to a server.</summary>
    PeerHeader HeaderTo(ServerId receiver, long term);

    /// <summary>The actor that carries messages to another server's node.</summary>
    IActorRef Resolve(Server server);

    /// <summary>Draws a part of an actor's name that nobody can guess: 64 random bits.</summary>
    string NewSecret();

    /// <summary>Starts a child of the node.</summary>
    IActorRef Spawn(Props props, string name);

    /// <summary>Stops a child of the node.</summary>
    void Stop(IActorRef child);

    /// <summary>Tells the node itself something, after the messages that already wait in the mailbox.</summary>
    void TellSelf(NodeTick tick);

    /// <summary>Tells the supervisor something.</summary>
    void TellSupervisor(object message);

    /// <summary>Whether something about a server is worth a line in the log now: each reason one in a while.</summary>
    bool ShouldLog(ServerId server, string reason);

    /// <summary>Has the journal delete its events up to a sequence number.</summary>
    void DeleteJournalTo(long sequenceNr);

    /// <summary>An installed snapshot takes the place of the log. It counts once its event is durable.</summary>
    /// <param name="completed">The event.</param>
    void ReplaceLog(SnapshotCompleted completed);

    /// <summary>An installed snapshot is durable: what it stands for is committed.</summary>
    void AdoptSnapshot(StoredSnapshot snapshot);

    /// <summary>Refuses the reads that wait here although the node does not lead.</summary>
    void RefuseFollowerReads(RaftFailure reason);

    /// <summary>Refuses all that waits here to be taken in, or to be read: the node stays up without a state.</summary>
    void RefuseWaiting(RaftFailure reason);

    /// <summary>This life of the node is about to end.</summary>
    /// <param name="failure">Why, and what is told to those whose entries were not answered.</param>
    /// <param name="notDone">What is told to those whose requests were surely not done.</param>
    void Fail(NodeFailed failure, RaftFailure notDone);

    /// <summary>Stops the node.</summary>
    void StopSelf();

    /// <summary>Gives the vote of a term, which is given once, and has it written.</summary>
    void GiveVote(long term, ServerId candidate);

    /// <summary>Calls for an election at once where this server is the only voter.</summary>
    void CampaignWhenAlone();
}
