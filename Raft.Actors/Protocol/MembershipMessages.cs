using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// A change of the group's configuration, by one server at a time (dissertation 4.1). The leader answers: <see cref="ConfigurationChanged"/> when
/// the change is committed, or a <see cref="RaftFailure"/>, most often <see cref="ConfigurationRefused"/>.
/// </summary>
/// <param name="Server">The server that is added, changed or removed.</param>
public abstract record MembershipRequest(ServerId Server) : IRaftRequest
{
    /// <summary>
    /// The index of the configuration that the change was thought out for; refused where another one is in force. Zero: not checked
    /// (hashicorp/raft's <c>prevIndex</c>).
    /// </summary>
    public long PreviousIndex { get; init; }

    /// <summary>
    /// Makes the change also where it would leave no majority that follows the leader just now, or where nobody answers at the address under that
    /// id. Without it such changes are refused.
    /// </summary>
    public bool Force { get; init; }
}

/// <summary>
/// Makes a server a voter. One that does not vote yet is a nonvoter first and is promoted when it has caught up with the log
/// (dissertation 4.2.1), so that adding it never keeps the group from committing; the answer comes when it votes. If it
/// does not catch up in time it stays a nonvoter, which a later AddVoter goes on with. Of a voter it changes the address.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="Address">Where its actor system listens, such as <c>akka.tcp://raft@10.0.0.4:4053</c>.</param>
public sealed record AddVoter(ServerId Server, string Address) : MembershipRequest(Server)
{
    /// <summary>How long it may take to catch up. Null takes <c>raft.membership.catch-up-timeout</c>.</summary>
    public TimeSpan? CatchUpTimeout { get; init; }
}

/// <summary>
/// Adds a server that receives the log and applies it, and never counts. Of a server that is a member already it changes the address; a
/// voter stays a voter (as in hashicorp/raft): <see cref="DemoteVoter"/> takes a vote away.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="Address">Where its actor system listens.</param>
public sealed record AddNonvoter(ServerId Server, string Address) : MembershipRequest(Server);

/// <summary>Makes a voter a nonvoter. A leader that takes its own vote away steps down once that is committed.</summary>
/// <param name="Server">The server.</param>
public sealed record DemoteVoter(ServerId Server) : MembershipRequest(Server);

/// <summary>Removes a server. A leader that removes itself steps down once that is committed, and does not count itself for it.</summary>
/// <param name="Server">The server.</param>
public sealed record RemoveServer(ServerId Server) : MembershipRequest(Server);

/// <summary>Answered at once by <see cref="ConfigurationInfo"/>, by any node.</summary>
public sealed record GetConfiguration : IRaftRequest;

/// <summary>The configuration in force at a node, which may be behind the group's.</summary>
/// <param name="Index">The index of its entry, for <see cref="MembershipRequest.PreviousIndex"/>; 0 where there is none.</param>
/// <param name="Configuration">The configuration.</param>
/// <param name="IsCommitted">Whether the node knows it to be committed.</param>
public sealed record ConfigurationInfo(long Index, Configuration Configuration, bool IsCommitted) : IRaftReply
{
    /// <summary>
    /// What the node knows of its members: of itself, and, where it leads, of the others. Empty from a version that says nothing of them.
    /// </summary>
    public ImmutableArray<MemberStatus> Members { get; init; } = [];
}

/// <summary>What a member has announced to its leader.</summary>
/// <param name="ServerId">The member.</param>
public sealed record MemberStatus(ServerId ServerId)
{
    /// <summary>How many of <see cref="LackedTypes"/> are named at most.</summary>
    public const int MaxNames = 16;

    /// <summary>The version of the RaftAkka library that it runs; null where it has announced nothing, as one of an older version.</summary>
    public string? Software { get; init; }

    /// <summary>The highest number of a kind of log entry that it knows (<see cref="Model.EntryKind"/>).</summary>
    public byte HighestEntryKind { get; init; }

    /// <summary>The version that its state machine supports (<see cref="StateMachine.IVersionedStateMachine"/>).</summary>
    public int StateMachineVersion { get; init; }

    /// <summary>How many of the types that the answering node reads it does not read, with the lists and arrays of them.</summary>
    public int LacksTypes { get; init; }

    /// <summary>The first of those that the answering node's <c>raft.types</c> lists, by name.</summary>
    public ImmutableArray<string> LackedTypes { get; init; } = [];

    /// <summary>Why it serves nobody; null where it does, or is not known not to.</summary>
    public string? NotServing { get; init; }

    /// <summary>Of a server that is to vote and has caught up: what its promotion waits for; else null.</summary>
    public string? WaitsToVote { get; init; }
}

/// <summary>The configuration is in force and committed: done.</summary>
/// <param name="Index">The index of its entry.</param>
/// <param name="Configuration">The configuration.</param>
public sealed record ConfigurationChanged(long Index, Configuration Configuration) : IRaftReply;

/// <summary>
/// Gives a server that has no state a group's first configuration (hashicorp/raft's <c>BootstrapCluster</c>). To be sent to one server, or the same to
/// several: each writes the same first entry. Answered by <see cref="ConfigurationChanged"/> when that is durable, or by
/// <see cref="ConfigurationRefused"/> where the server has a log, a term or a vote, or would not vote.
/// </summary>
/// <param name="Configuration">The configuration.</param>
public sealed record Bootstrap(Configuration Configuration) : IRaftRequest;
