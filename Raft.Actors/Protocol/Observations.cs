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
/// Has an actor of this process told what happens at this server (hashicorp/raft's <c>RegisterObserver</c>). To be sent to <c>/user/raft-{group}</c>.
/// The first message that the observer gets is <see cref="ObservedState"/>, or <see cref="ObservationRefused"/>; from then on it gets each
/// <see cref="RaftObservation"/> of the kinds that it asked for, also over restarts of the node, until it ends or <see cref="StopObserving"/>.
/// Sent again, it replaces the kinds, and the present state is told again.
/// </summary>
/// <remarks>
/// It is never sent to another process: a remote observer would have to be watched across partitions, and each process has a server, or a client, of its own to ask.
/// </remarks>
/// <param name="Observer">Who is told; an actor of this actor system.</param>
/// <param name="Kinds">Of what.</param>
public sealed record Observe(IActorRef Observer, ObservationKinds Kinds = ObservationKinds.All) : INoSerializationVerificationNeeded;

/// <summary>Ends an observation. There is no answer; what was told before may still lie in the observer's mailbox.</summary>
/// <param name="Observer">Who is not to be told any more.</param>
public sealed record StopObserving(IActorRef Observer) : INoSerializationVerificationNeeded;

/// <summary>The observer will not be told: it is in another process, or there are as many as <c>raft.max-observers</c>.</summary>
/// <param name="Reason">Why.</param>
public sealed record ObservationRefused(string Reason) : INoSerializationVerificationNeeded;

/// <summary>What an observer is told. Each is sent when the node has done what it says; what is durable of it, it does not say.</summary>
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
/// <param name="LeaderId">The leader; none where it knows none.</param>
/// <param name="LeaderAddress">The leader's address, or null.</param>
public sealed record LeaderChanged(string Group, ServerId ServerId, long Term, ServerId LeaderId, string? LeaderAddress) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Leaders;
}

/// <summary>Another configuration is in force at the server (from when it is appended, or by the truncation of the one before), or it is known to be committed now.</summary>
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
/// <param name="Follower">Who is silent.</param>
/// <param name="SilentFor">For how long, or since this leader began to send to it.</param>
public sealed record HeartbeatFailed(string Group, ServerId ServerId, ServerId Follower, TimeSpan SilentFor) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Heartbeats;
}

/// <summary>On a leader: a follower of which <see cref="HeartbeatFailed"/> was told answers again. When leadership ends, what was told of failures is void.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The leader.</param>
/// <param name="Follower">Who answers.</param>
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

    /// <summary>It has it, and its log goes on behind it.</summary>
    Installed = 5,

    /// <summary>What was begun last came to nothing; it is tried again where it is still needed.</summary>
    Failed = 6,
}

/// <summary>A snapshot is on its way. Where it is sent, progress is told at most once in a heartbeat interval and follower.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Activity">What is done with it.</param>
/// <param name="Peer">To or from whom; none where it is of the server's own state.</param>
/// <param name="Index">The last entry that is in it; 0 where that is not known yet.</param>
/// <param name="BytesDone">How much is done, in bytes.</param>
/// <param name="Bytes">Of how much; 0 where that is not known yet.</param>
public sealed record SnapshotProgress(
    string Group, ServerId ServerId, SnapshotActivity Activity, ServerId Peer, long Index, long BytesDone, long Bytes) : RaftObservation(Group, ServerId)
{
    /// <inheritdoc />
    public override ObservationKinds Kind => ObservationKinds.Snapshots;
}

/// <summary>The present state, with which every observation begins: what a late observer missed.</summary>
/// <param name="Group">The group.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Role">Its role.</param>
/// <param name="Term">Its term.</param>
/// <param name="LeaderId">The leader that it knows; none where it knows none.</param>
/// <param name="LeaderAddress">The leader's address, or null.</param>
/// <param name="ConfigurationIndex">The index of the configuration in force; 0 where there is none.</param>
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
        LeaderChanged leader => this with { Term = leader.Term, LeaderId = leader.LeaderId, LeaderAddress = leader.LeaderAddress },
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
