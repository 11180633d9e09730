using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// A change of the group's configuration, one server at a time (dissertation 4.1). The leader answers:
/// <see cref="ConfigurationChanged"/> when the change is committed, or a <see cref="RaftFailure"/>, most often
/// <see cref="ConfigurationRefused"/>.
/// </summary>
/// <param name="Server">The server that is added, changed or removed.</param>
public abstract record MembershipRequest(ServerId Server) : IRaftRequest
{
    /// <summary>
    /// The index of the configuration that the change is meant for. The change is refused if another one is in force. Zero: not
    /// checked (hashicorp/raft's <c>prevIndex</c>).
    /// </summary>
    public long PreviousIndex { get; init; }

    /// <summary>
    /// Makes the change even if no majority that follows the leader at present would be left, or if no server answers at the
    /// address under that id. Otherwise such changes are refused.
    /// </summary>
    public bool Force { get; init; }
}

/// <summary>
/// Makes a server a voter. A server that does not vote yet is a nonvoter first, and is promoted when it has caught up with the
/// log (dissertation 4.2.1). So adding it never keeps the group from committing. The answer comes when it votes. If it does not
/// catch up in time it stays a nonvoter, and a later AddVoter goes on with it. If it votes already, its address changes.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="Address">Where its actor system listens, such as <c>akka.tcp://raft@10.0.0.4:4053</c>.</param>
public sealed record AddVoter(ServerId Server, string Address) : MembershipRequest(Server)
{
    /// <summary>How long it may take to catch up. Null takes <c>raft.membership.catch-up-timeout</c>.</summary>
    public TimeSpan? CatchUpTimeout { get; init; }
}

/// <summary>
/// Adds a server that receives the log and applies it, and does not vote. If it is a member already, its address changes. A
/// voter stays a voter, as in hashicorp/raft; <see cref="DemoteVoter"/> takes a vote away.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="Address">Where its actor system listens.</param>
public sealed record AddNonvoter(ServerId Server, string Address) : MembershipRequest(Server);

/// <summary>Makes a voter a nonvoter. A leader that takes its own vote away steps down once that is committed.</summary>
/// <param name="Server">The server.</param>
public sealed record DemoteVoter(ServerId Server) : MembershipRequest(Server);

/// <summary>
/// Removes a server. A leader that removes itself steps down once that is committed, and does not count itself for it.
/// </summary>
/// <param name="Server">The server.</param>
public sealed record RemoveServer(ServerId Server) : MembershipRequest(Server);

/// <summary>Answered at once by <see cref="ConfigurationInfo"/>, by any node.</summary>
public sealed record GetConfiguration : IRaftRequest;

/// <summary>The configuration in force at a node, which may be older than the group's.</summary>
/// <param name="Index">The index of its entry, for <see cref="MembershipRequest.PreviousIndex"/>; 0 if there is none.</param>
/// <param name="Configuration">The configuration.</param>
/// <param name="IsCommitted">Whether the node knows it to be committed.</param>
public sealed record ConfigurationInfo(long Index, Configuration Configuration, bool IsCommitted) : IRaftReply
{
    /// <summary>
    /// What the node knows of the members: of itself, and of the others if it leads. Empty from a version that says nothing of
    /// them.
    /// </summary>
    public ImmutableArray<MemberStatus> Members { get; init; } = [];
}

/// <summary>What a member has announced to its leader.</summary>
/// <param name="ServerId">The member.</param>
public sealed record MemberStatus(ServerId ServerId)
{
    /// <summary>How many of <see cref="LackedTypes"/> are named at most.</summary>
    public const int MaxNames = 16;

    /// <summary>
    /// The version of the RaftAkka library that it runs; null if it has announced nothing, like a server of an older version.
    /// </summary>
    public string? Software { get; init; }

    /// <summary>The highest number of a kind of log entry that it knows (<see cref="Model.EntryKind"/>).</summary>
    public byte HighestEntryKind { get; init; }

    /// <summary>The version that its state machine supports (<see cref="StateMachine.IVersionedStateMachine"/>).</summary>
    public int StateMachineVersion { get; init; }

    /// <summary>
    /// How many of the types that the answering node reads it does not read, with the lists and arrays of them.
    /// </summary>
    public int LacksTypes { get; init; }

    /// <summary>The first of those that the answering node's <c>raft.types</c> lists, by name.</summary>
    public ImmutableArray<string> LackedTypes { get; init; } = [];

    /// <summary>Why it serves no client; null if it serves, or if nothing is known.</summary>
    public string? NotServing { get; init; }

    /// <summary>What the promotion of a server waits for that has caught up and will vote; otherwise null.</summary>
    public string? WaitsToVote { get; init; }
}

/// <summary>The configuration is in force and committed: done.</summary>
/// <param name="Index">The index of its entry.</param>
/// <param name="Configuration">The configuration.</param>
public sealed record ConfigurationChanged(long Index, Configuration Configuration) : IRaftReply;

/// <summary>
/// Gives a server that has no state a group's first configuration (hashicorp/raft's <c>BootstrapCluster</c>). Send it to one
/// server, or the same to several: each writes the same first entry. Answered by <see cref="ConfigurationChanged"/> when that
/// is durable, or by <see cref="ConfigurationRefused"/> if the server has a log, a term or a vote, or would not vote.
/// </summary>
/// <param name="Configuration">The configuration.</param>
public sealed record Bootstrap(Configuration Configuration) : IRaftRequest;
