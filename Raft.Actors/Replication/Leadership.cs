using Akka.Actor;
using Raft.Actors.Membership;

namespace Raft.Actors.Replication;

/// <summary>A request that waits for the leader to be confirmed: a query, or with none the confirmation itself.</summary>
internal sealed record PendingRead(object? Query, IActorRef Client);

/// <summary>What a leader keeps for as long as its term lasts (figure 3.1, volatile state on leaders).</summary>
internal sealed class Leadership(ServerId self, Configuration configuration, long term, long startIndex, long commitIndex, TimeSpan now)
{
    /// <summary>The term that it leads.</summary>
    public long Term { get; } = term;

    /// <summary>Its followers' actors, in the order of the configuration.</summary>
    public List<FollowerActors> Followers { get; } = [];

    public Commitment Commitment { get; } = new(configuration.Voters, startIndex, commitIndex);

    public LeaderLease Lease { get; } = new(self, now);

    public ReadIndexQueue<PendingRead> Reads { get; } = new(self);

    /// <summary>When the leader last looked at its lease.</summary>
    public TimeSpan LastTick { get; set; } = now;

    /// <summary>What the replicators were shown last.</summary>
    public LogAdvanced? Published { get; set; }

    public FollowerActors? Find(ServerId follower) => Followers.Find(known => known.Server.Id == follower);
}

/// <summary>A leader's two actors for one follower.</summary>
internal sealed class FollowerActors(Server server, IActorRef replicator, IActorRef heartbeat)
{
    public Server Server { get; } = server;

    public IActorRef Replicator { get; } = replicator;

    public IActorRef Heartbeat { get; } = heartbeat;

    /// <summary>What the replicator said last.</summary>
    public FollowerProgress? Progress { get; set; }
}
