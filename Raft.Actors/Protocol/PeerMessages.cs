using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// What every message between the servers of a group begins with. Its layout on the wire never changes, so that a receiver of
/// any version can say whom it refuses and why.
/// </summary>
/// <param name="Version">The version of the protocol; see <see cref="ProtocolVersion"/>.</param>
/// <param name="Group">The group's name.</param>
/// <param name="From">The sending server.</param>
/// <param name="To">The server it is meant for: its address may belong to another server by now.</param>
/// <param name="Term">The sender's term (in a pre-vote: the term it would campaign in).</param>
public sealed record PeerHeader(byte Version, string Group, ServerId From, ServerId To, long Term)
{
    /// <summary>Which group and which journals are meant; null from a server of a version that knows no identities.</summary>
    public PeerIdentity? Identity { get; init; }

    /// <summary>The journal of the sender; none from a version that knows no identities.</summary>
    public JournalIdentity Journal => Identity?.Sender ?? default;
}

/// <summary>
/// The identities of the servers that a message is from and for. It travels after the fields of every message, where versions
/// that do not know it ignore it.
/// </summary>
/// <param name="Group">The group's identity; none while the sender does not know it for certain.</param>
/// <param name="Sender">The sender's journal.</param>
/// <param name="Receiver">The receiver's journal, by the sender's configuration; none if it knows none.</param>
public sealed record PeerIdentity(GroupIdentity Group, JournalIdentity Sender, JournalIdentity Receiver);

/// <summary>Versions of the peer protocol.</summary>
public static class ProtocolVersion
{
    /// <summary>The version that this library speaks.</summary>
    public const byte Current = 1;

    /// <summary>Whether this library understands messages of that version.</summary>
    public static bool IsSupported(byte version) => version == Current;
}

/// <summary>A message from one server of a group to another.</summary>
public interface IPeerMessage
{
    /// <summary>Sender, receiver, group, term and version.</summary>
    PeerHeader Header { get; }

    /// <summary>The same message under another header.</summary>
    IPeerMessage With(PeerHeader header);
}

/// <summary>
/// The answer to a message of another server. A server that does not know its group yet, because it is being filled up, may
/// answer. It may not ask for anything.
/// </summary>
public interface IPeerAnswer : IPeerMessage;

/// <summary>
/// A message whose version this library does not know: only its header could be read. It is refused and logged.
/// </summary>
/// <param name="Header">The header.</param>
/// <param name="Manifest">What kind of message it claims to be.</param>
public sealed record UnknownVersionMessage(PeerHeader Header, string Manifest) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>Asks whether an election could be won, without raising anyone's term (dissertation 9.6).</summary>
/// <param name="Header">The term is the one that the sender would campaign in.</param>
/// <param name="LastLogIndex">The index of the sender's last entry.</param>
/// <param name="LastLogTerm">The term of the sender's last entry.</param>
public sealed record RequestPreVote(PeerHeader Header, long LastLogIndex, long LastLogTerm) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>The answer to <see cref="RequestPreVote"/>.</summary>
/// <param name="Header">The term is the answering server's own.</param>
/// <param name="CampaignTerm">The term that was asked about, which tells late answers apart.</param>
/// <param name="Granted">Whether the server would vote for the sender.</param>
public sealed record PreVoteResponse(PeerHeader Header, long CampaignTerm, bool Granted) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>RequestVote of figure 3.1.</summary>
/// <param name="Header">The term is the candidate's.</param>
/// <param name="LastLogIndex">The index of the candidate's last entry.</param>
/// <param name="LastLogTerm">The term of the candidate's last entry.</param>
/// <param name="LeadershipTransfer">Whether the leader itself asked for this election, so that its followers may vote although
/// they hear from it (dissertation 3.10).</param>
public sealed record RequestVote(PeerHeader Header, long LastLogIndex, long LastLogTerm, bool LeadershipTransfer) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>The answer to <see cref="RequestVote"/>; a granted vote is durable before it leaves.</summary>
/// <param name="Header">The term is the voter's.</param>
/// <param name="Granted">Whether the candidate has the vote in that term.</param>
public sealed record VoteResponse(PeerHeader Header, bool Granted) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>AppendEntries of figure 3.1, with entries or (to pass on a commit index or to probe) without.</summary>
/// <param name="Header">The term is the leader's.</param>
/// <param name="Sequence">Counts the messages of one replicator; the answer repeats it.</param>
/// <param name="PrevLogIndex">The index right before the first entry.</param>
/// <param name="PrevLogTerm">The term of the entry there.</param>
/// <param name="Entries">The entries, possibly none.</param>
/// <param name="LeaderCommit">The leader's commit index.</param>
public sealed record AppendEntries(
    PeerHeader Header,
    long Sequence,
    long PrevLogIndex,
    long PrevLogTerm,
    ImmutableArray<LogEntry> Entries,
    long LeaderCommit) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The answer to <see cref="AppendEntries"/>. A success is sent only when the entries and the term are durable.
/// </summary>
/// <param name="Header">The term is the follower's.</param>
/// <param name="Sequence">The sequence of the message that is answered.</param>
/// <param name="Success">Whether the log matched at the previous entry.</param>
/// <param name="MatchIndex">On success, up to where the follower's log is known to equal the leader's.</param>
/// <param name="ConflictTerm">On a mismatch, the term of the follower's entry at the previous index; 0 if its log is too
/// short.</param>
/// <param name="ConflictIndex">On a mismatch, the first index of that term in the follower's log, or the index after its last
/// entry.</param>
/// <param name="NeedsSnapshot">The follower lost its state and cannot have it from its own log: it asks for a snapshot.</param>
public sealed record AppendEntriesResponse(
    PeerHeader Header,
    long Sequence,
    bool Success,
    long MatchIndex,
    long ConflictTerm,
    long ConflictIndex,
    bool NeedsSnapshot = false) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>Says that the leader lives. It travels beside AppendEntries and never waits for entries or for a disk.</summary>
/// <param name="Header">The term is the leader's.</param>
/// <param name="Sequence">Counts the heartbeats to one follower in one term; the answer repeats it.</param>
public sealed record Heartbeat(PeerHeader Header, long Sequence) : IPeerMessage
{
    /// <summary>
    /// The digest of the abilities that the leader knows of this follower; 0: none. Null from a version that does not ask.
    /// </summary>
    public ulong? KnownAbilities { get; init; }

    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>The answer to <see cref="Heartbeat"/>.</summary>
/// <param name="Header">The term is the follower's; one above the leader's ends its leadership.</param>
/// <param name="Sequence">The sequence of the heartbeat that is answered.</param>
public sealed record HeartbeatResponse(PeerHeader Header, long Sequence) : IPeerAnswer
{
    /// <summary>
    /// The digest of what the follower can read; null from a version that announces nothing, or to one that does not ask.
    /// </summary>
    public ulong? AbilitiesDigest { get; init; }

    /// <summary>What the follower can read, if the leader does not know it yet; otherwise null.</summary>
    public Abilities? Abilities { get; init; }

    /// <summary>Why the follower serves no client (for example, its state machine has no state); null if it serves.</summary>
    public string? NotServing { get; init; }

    /// <summary>How far the follower's state machine is; null from a version that does not say.</summary>
    public StateReport? State { get; init; }

    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The leader asks its follower, which has all of its log, to call for an election at once (dissertation 3.10). Not answered.
/// </summary>
/// <param name="Header">The term is the leader's; a follower of another term ignores it.</param>
public sealed record TimeoutNow(PeerHeader Header) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>A client's request that a follower passes on; the leader answers the client itself.</summary>
/// <param name="Header">The term is the follower's.</param>
/// <param name="Request">The request. It is never passed on a second time.</param>
public sealed record ForwardedRequest(PeerHeader Header, IRaftRequest Request) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}
