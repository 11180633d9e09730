using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>What an observer wants to be told of.</summary>
[Flags]
public enum ObservationKinds
{
    /// <summary>Nothing but the present state, once.</summary>
    None = 0,

    /// <summary><see cref="RoleChanged"/>.</summary>
    Roles = 1,

    /// <summary><see cref="LeaderChanged"/>.</summary>
    Leaders = 2,

    /// <summary><see cref="MembershipChanged"/>.</summary>
    Membership = 4,

    /// <summary><see cref="HeartbeatFailed"/> and <see cref="HeartbeatResumed"/>.</summary>
    Heartbeats = 8,

    /// <summary><see cref="SnapshotProgress"/>.</summary>
    Snapshots = 16,

    /// <summary>All of it.</summary>
    All = Roles | Leaders | Membership | Heartbeats | Snapshots,
}

/// <summary>
/// Tells an actor of this process what happens at this server (hashicorp/raft's <c>RegisterObserver</c>). Send it to
/// <c>/user/raft-{group}</c>. The observer first gets <see cref="ObservedState"/>, or <see cref="ObservationRefused"/>. From
/// then on it gets each <see cref="RaftObservation"/> of the kinds that it asked for, also over restarts of the node, until it
/// ends or sends <see cref="StopObserving"/>. If you send it again, it replaces the kinds, and the present state is told again.
/// </summary>
/// <remarks>
/// Observers are local: a remote one would have to be watched across partitions. Every process has a server or a client of its
/// own to ask.
/// </remarks>
/// <param name="Observer">The actor that is told; it belongs to this actor system.</param>
/// <param name="Kinds">What it is told of.</param>
public sealed record Observe(IActorRef Observer, ObservationKinds Kinds = ObservationKinds.All)
    : INoSerializationVerificationNeeded;

/// <summary>Ends an observation. There is no answer; what was told before may still lie in the observer's mailbox.</summary>
/// <param name="Observer">The observer.</param>
public sealed record StopObserving(IActorRef Observer) : INoSerializationVerificationNeeded;

/// <summary>The observer is refused: it is in another process, or there are <c>raft.max-observers</c> already.</summary>
/// <param name="Reason">Why.</param>
public sealed record ObservationRefused(string Reason) : INoSerializationVerificationNeeded;

/// <summary>What an observer is told. It is sent when the node has done it, which does not mean that it is durable.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server at which it was seen.</param>
public abstract record RaftObservation(string Group, ServerId ServerId) : INoSerializationVerificationNeeded
{
    /// <summary>What kind it is; <see cref="ObservationKinds.None"/> for the present state.</summary>
    public abstract ObservationKinds Kind { get; }
}

/// <summary>The server has another role, or the same one in another term.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Role">Its role; <see cref="RaftRole.Recovering"/> also while the node waits to be started again.</param>
/// <param name="Term">Its term.</param>
public sealed record RoleChanged(string Group, ServerId ServerId, RaftRole Role, long Term) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Roles;
}

/// <summary>The server knows another leader, or none any more.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Term">Its term.</param>
/// <param name="LeaderId">The leader; none if it knows none.</param>
/// <param name="LeaderAddress">The leader's address, or null.</param>
public sealed record LeaderChanged(string Group, ServerId ServerId, long Term, ServerId LeaderId, string? LeaderAddress)
    : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Leaders;
}

/// <summary>
/// Another configuration is in force at the server (it was appended, or a later one was truncated), or the one in force is now
/// known to be committed.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Index">The index of the configuration's entry.</param>
/// <param name="Configuration">The configuration.</param>
/// <param name="IsCommitted">Whether the server knows it to be committed.</param>
public sealed record MembershipChanged(string Group, ServerId ServerId, long Index, Configuration Configuration, bool IsCommitted)
    : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Membership;
}

/// <summary>On a leader: a follower has not answered for the heartbeat timeout. Told once, until it answers again.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The leader.</param>
/// <param name="Follower">The follower that is silent.</param>
/// <param name="SilentFor">For how long, or since this leader began to send to it.</param>
public sealed record HeartbeatFailed(string Group, ServerId ServerId, ServerId Follower, TimeSpan SilentFor)
    : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Heartbeats;
}

/// <summary>
/// On a leader: a follower of which <see cref="HeartbeatFailed"/> was told answers again. When leadership ends, earlier
/// failures are void.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The leader.</param>
/// <param name="Follower">The follower that answers.</param>
public sealed record HeartbeatResumed(string Group, ServerId ServerId, ServerId Follower) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Heartbeats;
}

/// <summary>What is being done with a snapshot.</summary>
public enum SnapshotActivity : byte
{
    /// <summary>The server has begun to take one of its own state.</summary>
    Taking = 0,

    /// <summary>It has taken one.</summary>
    Taken = 1,

    /// <summary>A leader sends one to a follower.</summary>
    Sending = 2,

    /// <summary>The follower has it.</summary>
    Sent = 3,

    /// <summary>A follower receives one from its leader.</summary>
    Receiving = 4,

    /// <summary>It has the snapshot, and its log goes on after it.</summary>
    Installed = 5,

    /// <summary>The last activity failed; it is tried again if it is still needed.</summary>
    Failed = 6,
}

/// <summary>
/// A snapshot is on its way. The progress of sending is told at most once in a heartbeat interval for each follower.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Activity">What is done with it.</param>
/// <param name="Peer">The server to or from which it is sent; none for a snapshot of the server's own state.</param>
/// <param name="Index">The last entry that is in it; 0 while that is not known.</param>
/// <param name="BytesDone">How much is done, in bytes.</param>
/// <param name="Bytes">How much there is in all, in bytes; 0 while that is not known.</param>
public sealed record SnapshotProgress(
    string Group, ServerId ServerId, SnapshotActivity Activity, ServerId Peer, long Index, long BytesDone, long Bytes)
    : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Snapshots;
}

/// <summary>The present state, with which every observation begins: what a late observer missed.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Role">Its role.</param>
/// <param name="Term">Its term.</param>
/// <param name="LeaderId">The leader that it knows; none if it knows none.</param>
/// <param name="LeaderAddress">The leader's address, or null.</param>
/// <param name="ConfigurationIndex">The index of the configuration in force; 0 if there is none.</param>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="IsCommitted">Whether the server knows it to be committed.</param>
/// <param name="Silent">On a leader: the followers of which <see cref="HeartbeatFailed"/> was told last.</param>
public sealed record ObservedState(
    string Group,
    ServerId ServerId,
    RaftRole Role,
    long Term,
    ServerId LeaderId,
    string? LeaderAddress,
    long ConfigurationIndex,
    Configuration Configuration,
    bool IsCommitted,
    ImmutableArray<ServerId> Silent) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.None;

    /// <summary>The state of a server that has not read its journal yet.</summary>
    public static ObservedState Unknown(string group, ServerId server) =>
        new(group, server, RaftRole.Recovering, 0, default, null, 0, Configuration.Empty, true, []);

    /// <summary>The state once this has happened too.</summary>
    public ObservedState After(RaftObservation observation) => observation switch
    {
        RoleChanged role => this with { Role = role.Role, Term = role.Term, Silent = role.Role == RaftRole.Leader ? Silent : [] },
        LeaderChanged leader => this with
        {
            Term = leader.Term,
            LeaderId = leader.LeaderId,
            LeaderAddress = leader.LeaderAddress,
        },
        MembershipChanged membership => this with
        {
            ConfigurationIndex = membership.Index,
            Configuration = membership.Configuration,
            IsCommitted = membership.IsCommitted,
            Silent = Silent.RemoveAll(follower => !membership.Configuration.Contains(follower)),
        },
        HeartbeatFailed failed => this with { Silent = Silent.Contains(failed.Follower) ? Silent : Silent.Add(failed.Follower) },
        HeartbeatResumed resumed => this with { Silent = Silent.Remove(resumed.Follower) },
        _ => this,
    };
}
