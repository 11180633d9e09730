using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>A message that an actor system sends to a group's node and that is always answered.</summary>
public interface IRaftRequest;

/// <summary>A request that becomes an entry of the log. Only a leader takes it, and not while it hands over.</summary>
internal interface IEntryRequest : IRaftRequest;

/// <summary>An answer to an <see cref="IRaftRequest"/>.</summary>
public interface IRaftReply;

/// <summary>
/// Replicates a command and applies it. Answered by <see cref="Applied"/> once it is committed and applied, or by one of the
/// <see cref="RaftFailure"/> records, whose <see cref="RaftFailure.Outcome"/> says whether it may still be applied.
/// </summary>
/// <param name="Command">Bytes (<c>byte[]</c> or <c>ReadOnlyMemory&lt;byte&gt;</c>), not to be changed after sending, or an
/// object of a type that is listed in <c>raft.types</c>.</param>
public sealed record Apply(object Command) : IEntryRequest
{
    /// <summary>Bytes that are kept beside the command in its log entry and are shown to the state machine.</summary>
    public ReadOnlyMemory<byte> Extensions { get; init; }

    /// <summary>
    /// How long the command may wait to be <b>accepted</b> into the log while the intake is full, counted by the leader
    /// from the message's arrival (hashicorp/raft's enqueue timeout). It does not bound the time to commit. Null takes
    /// <c>raft.intake.enqueue-timeout</c>; zero means not at all.
    /// </summary>
    public TimeSpan? EnqueueTimeout { get; init; }

    /// <summary>
    /// The client session that the command belongs to. It is then applied once, however often you send it, and each copy gets
    /// the first answer. If the session has ended, the answer is <see cref="SessionExpired"/>. Null: each copy is applied.
    /// </summary>
    public CommandSession? Session { get; init; }

    /// <summary>
    /// The version of the group (<see cref="StateMachine.IVersionedStateMachine"/>) from which on the command may be applied.
    /// While the group has a lower version, the leader answers <see cref="Unavailable"/>: certainly not done, and worth another
    /// try once all servers are upgraded. A server whose library does not know this field refuses it too. 0: any version.
    /// </summary>
    public int MinimumVersion { get; init; }

    /// <summary>Names the command's type and not the command: logs of dead letters print messages.</summary>
    public override string ToString() =>
        $"{nameof(Apply)} of {PayloadName.Of(Command)}{(Session is null ? string.Empty : $" in {Session}")}";
}

/// <summary>
/// Answered by <see cref="Applied"/> (without a result) when every entry before it has been applied on the leader.
/// </summary>
public sealed record ApplyBarrier : IEntryRequest
{
    /// <summary>As <see cref="Apply.EnqueueTimeout"/>.</summary>
    public TimeSpan? EnqueueTimeout { get; init; }
}

/// <summary>Answered by <see cref="LeaderVerified"/> when a quorum has confirmed the leader after the request came.</summary>
public sealed record VerifyLeader : IRaftRequest;

/// <summary>How fresh an answer to <see cref="Read"/> must be.</summary>
public enum ReadConsistency : byte
{
    /// <summary>
    /// Shows every write that was acknowledged before the read began (read index, dissertation 6.4); the leader answers.
    /// </summary>
    Linearizable = 0,

    /// <summary>Whatever this node has applied; any node answers, at once, a partitioned one too.</summary>
    Stale = 1,

    /// <summary>
    /// As fresh as <see cref="Linearizable"/>, and answered by the server that you ask. It asks the leader for the read index,
    /// once for all reads that wait, and answers when it has applied that much (dissertation 6.4).
    /// </summary>
    Follower = 2,

    /// <summary>
    /// As fresh as <see cref="Linearizable"/>, if no two clocks differ by more than <c>raft.reads.max-clock-drift</c>. The
    /// leader answers at once while a quorum has promised it not to elect another (dissertation 6.4.1). Without such a lease,
    /// or with <c>raft.reads.lease = off</c>, the read is answered as <see cref="Linearizable"/>.
    /// </summary>
    Lease = 3,

    /// <summary>
    /// Any node answers, with every write that was committed <see cref="Read.MaxStaleness"/> before it answers or earlier. If
    /// the node knows itself to be that fresh, the read costs nothing. Otherwise the node asks the leader first, and refuses
    /// (<see cref="TooStale"/>) if that does not help.
    /// </summary>
    Bounded = 4,
}

/// <summary>
/// Asks the state machine. Answered by <see cref="ReadResult"/> or a <see cref="RaftFailure"/>. Writes no log entry.
/// </summary>
/// <param name="Query">Bytes or an object of a listed type, as with <see cref="Apply"/>.</param>
/// <param name="Consistency">How fresh the answer must be.</param>
public sealed record Read(object Query, ReadConsistency Consistency = ReadConsistency.Linearizable) : IRaftRequest
{
    /// <summary>
    /// With <see cref="ReadConsistency.Bounded"/>, how old the answer may be, by the clock of the node that answers. Null takes
    /// <c>raft.reads.max-staleness</c>; must not be negative.
    /// </summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>
    /// How long the read may wait to be confirmed, counted by the node from the message's arrival; then it is answered by
    /// <see cref="ReadTimedOut"/>. Null takes <c>raft.reads.timeout</c>.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>As <see cref="Apply.ToString"/>.</summary>
    public override string ToString() => $"{nameof(Read)} ({Consistency}) of {PayloadName.Of(Query)}";
}

/// <summary>Answered at once by <see cref="LeaderInfo"/>, by any node.</summary>
public sealed record GetLeader : IRaftRequest;

/// <summary>Answered at once by <see cref="RaftStatus"/>, by any node.</summary>
public sealed record GetStatus : IRaftRequest;

/// <summary>
/// Stops the node in good order: it answers what waits, and then <see cref="ShutdownComplete"/>. From another process it is
/// refused by <see cref="InvalidRequest"/>, unless <c>raft.accept-remote-shutdown</c> is on.
/// </summary>
public sealed record Shutdown : IRaftRequest
{
    /// <summary>Whether another process sent it. A sender's path proves nothing: it may name any actor of this process.</summary>
    internal bool CameOverTheWire { get; init; }

    /// <summary>
    /// Whether the actor system stops too. Until it has stopped, requests are answered at once: this server stops.
    /// </summary>
    internal bool WithSystem { get; init; }
}

/// <summary>The command (or barrier) is committed and applied: done.</summary>
/// <param name="Index">Its log index.</param>
/// <param name="Term">The term it was appended in.</param>
/// <param name="Result">What the state machine returned.</param>
public sealed record Applied(long Index, long Term, object? Result) : IRaftReply
{
    /// <summary>As <see cref="Apply.ToString"/>.</summary>
    public override string ToString() => $"{nameof(Applied)} at {Index} of term {Term}: {PayloadName.Of(Result)}";
}

/// <summary>The answer to a <see cref="Read"/>.</summary>
/// <param name="Index">The state that answered had applied the log up to here at least.</param>
/// <param name="Result">What the state machine's query returned.</param>
public sealed record ReadResult(long Index, object? Result) : IRaftReply
{
    /// <summary>As <see cref="Apply.ToString"/>.</summary>
    public override string ToString() => $"{nameof(ReadResult)} at {Index}: {PayloadName.Of(Result)}";

    /// <summary>
    /// With <see cref="ReadConsistency.Bounded"/>: every write that was committed so long before the node answered, by its
    /// clock, is shown. Null with other reads.
    /// </summary>
    public TimeSpan? Staleness { get; init; }
}

/// <summary>The node was the leader at some time after <see cref="VerifyLeader"/> arrived.</summary>
/// <param name="Term">Its term.</param>
/// <param name="CommitIndex">Its commit index when it was confirmed, which is at least that of the request's arrival.</param>
public sealed record LeaderVerified(long Term, long CommitIndex) : IRaftReply;

/// <summary>The leader that the answering node knows.</summary>
/// <param name="Term">The node's term.</param>
/// <param name="LeaderId">The leader; none if the node knows none.</param>
/// <param name="LeaderAddress">The address from which the node hears the leader, which may be newer than the configuration's;
/// or null.</param>
public sealed record LeaderInfo(long Term, ServerId LeaderId, string? LeaderAddress) : IRaftReply;

/// <summary>The node has stopped; its journal is closed.</summary>
public sealed record ShutdownComplete : IRaftReply;

/// <summary>A server's role (dissertation, figure 3.3, with the pre-vote of 9.6).</summary>
public enum RaftRole : byte
{
    /// <summary>Reads its journal; takes part in nothing yet.</summary>
    Recovering = 0,

    /// <summary>Follows a leader or waits for one.</summary>
    Follower = 1,

    /// <summary>Asks whether it could win an election.</summary>
    PreCandidate = 2,

    /// <summary>Asks for votes.</summary>
    Candidate = 3,

    /// <summary>Leads.</summary>
    Leader = 4,
}

/// <summary>A node's state, for operators and for tests.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="ServerId">The node.</param>
/// <param name="Role">Its role.</param>
/// <param name="Term">Its current term.</param>
/// <param name="VotedFor">The server that has its vote in that term.</param>
/// <param name="LeaderId">The leader it knows of; none if it knows none.</param>
/// <param name="LeaderAddress">The address from which the node hears the leader, which may be newer than the configuration's;
/// or null.</param>
/// <param name="CommitIndex">The last entry that it knows to be committed.</param>
/// <param name="LastApplied">The last entry that its state machine has applied.</param>
/// <param name="FirstLogIndex">The first entry that it holds.</param>
/// <param name="LastLogIndex">Its last entry.</param>
/// <param name="LastLogTerm">The term of its last entry.</param>
/// <param name="DurableIndex">The last entry that is on its disk.</param>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="InFlight">On a leader: commands accepted and not yet applied.</param>
/// <param name="LastLeaderContact">On a follower: how long ago the leader was heard; null if never.</param>
/// <param name="Followers">On a leader: how far each follower is; otherwise empty.</param>
public sealed record RaftStatus(
    string Group,
    ServerId ServerId,
    RaftRole Role,
    long Term,
    ServerId VotedFor,
    ServerId LeaderId,
    string? LeaderAddress,
    long CommitIndex,
    long LastApplied,
    long FirstLogIndex,
    long LastLogIndex,
    long LastLogTerm,
    long DurableIndex,
    Configuration Configuration,
    int InFlight,
    TimeSpan? LastLeaderContact,
    ImmutableArray<FollowerStatus> Followers) : IRaftReply
{
    /// <summary>The latest complete snapshot.</summary>
    public SnapshotStatus Snapshot { get; init; } = SnapshotStatus.None;

    /// <summary>The snapshot that is being restored by hand; null if there is none.</summary>
    public RestoreStatus? Restore { get; init; }

    /// <summary>The identity of the group; none while the server does not know it.</summary>
    public GroupIdentity Identity { get; init; }

    /// <summary>The server's journal.</summary>
    public JournalIdentity Journal { get; init; }

    /// <summary>Why this node serves no client, in words; null if it serves.</summary>
    public string? NotServing { get; init; }

    /// <summary>The version of the library that this node runs; null from a version that does not say.</summary>
    public string? Software { get; init; }

    /// <summary>
    /// The entry at which its state machine throws, so that the node goes on without a state; null if it does not throw.
    /// </summary>
    public StateMachineFailure? Failure { get; init; }
}

/// <summary>
/// The entry at which a state machine threw in two lives of its node in a row. <see cref="SkipEntry"/> is the last resort.
/// </summary>
/// <param name="Index">The entry.</param>
/// <param name="Term">Its term.</param>
/// <param name="Reason">The message of what the state machine threw.</param>
public sealed record StateMachineFailure(long Index, long Term, string Reason);

/// <summary>A follower as its leader sees it.</summary>
/// <param name="ServerId">The follower.</param>
/// <param name="State">How entries are sent to it.</param>
/// <param name="MatchIndex">The last entry up to which its log is known to equal the leader's.</param>
/// <param name="NextIndex">The next entry to send.</param>
/// <param name="LastContact">How long ago it last answered; null where never in this term.</param>
public sealed record FollowerStatus(
    ServerId ServerId, ProgressState State, long MatchIndex, long NextIndex, TimeSpan? LastContact)
{
    /// <summary>The snapshot that is on its way to it; null if there is none.</summary>
    public SnapshotTransfer? Transfer { get; init; }

    /// <summary>The version of the library that it has announced; null if it has announced nothing in this term.</summary>
    public string? Software { get; init; }

    /// <summary>How many of the types that the leader reads it has announced that it does not read.</summary>
    public int LacksTypes { get; init; }
}

/// <summary>
/// Stands for a request that arrived and could not be read: a type that is not listed, bytes that make no sense. The
/// node logs it, answers <see cref="InvalidRequest"/> and changes nothing. Never sent.
/// </summary>
/// <param name="Reason">What was wrong with it.</param>
public sealed record UnreadableRequest(string Reason) : IRaftRequest;
