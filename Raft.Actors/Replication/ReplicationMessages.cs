using System.Collections.Immutable;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>From the node to its replicators: the log or the commit index moved on.</summary>
/// <param name="Log">The log.</param>
/// <param name="CommitIndex">Up to here it is committed.</param>
/// <param name="Skips">Which of its entries are not to be applied.</param>
internal sealed record LogAdvanced(LogView Log, long CommitIndex, ImmutableArray<SkippedEntry> Skips);

/// <summary>From a replicator to its node: where the follower is.</summary>
/// <param name="Follower">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="State">How entries are sent to it.</param>
/// <param name="MatchIndex">Up to here its log is known to equal the leader's.</param>
/// <param name="NextIndex">The next entry to send.</param>
/// <param name="Journal">The journal that this is known of.</param>
/// <param name="HasLostEntries">Whether it has just denied what it had confirmed.</param>
internal sealed record FollowerProgress(
    ServerId Follower,
    long Term,
    ProgressState State,
    long MatchIndex,
    long NextIndex,
    JournalIdentity Journal,
    bool HasLostEntries) : IFollowerReport;

/// <summary>From the node to its heartbeats: a round of confirmation begins.</summary>
internal sealed record BeginRound(long Round);

/// <summary>From the node to its heartbeats: the settings have changed.</summary>
/// <param name="Interval">How often heartbeats are sent.</param>
/// <param name="Silence">After how long without an answer a follower counts as one that returns.</param>
internal sealed record HeartbeatPace(TimeSpan Interval, TimeSpan Silence);

/// <summary>
/// From a heartbeat to its node: the follower answered a heartbeat that was sent at that time, in that round.
/// </summary>
/// <param name="Header">The answer's header, which says with which journal it answers.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Round">The round.</param>
/// <param name="SentAt">When the heartbeat was sent.</param>
/// <param name="Abilities">What the follower has announced that it can read; null if it has announced nothing.</param>
/// <param name="NotServing">Why the follower serves no client; null if it does.</param>
/// <param name="State">How far its state machine is; null if it does not say.</param>
internal sealed record HeartbeatAcknowledged(
    PeerHeader Header, long Term, long Round, TimeSpan SentAt, Abilities? Abilities, string? NotServing, StateReport? State)
    : IFollowerReport;

/// <summary>From a heartbeat to its node, and on to the replicator: a follower that was silent answers again.</summary>
internal sealed record FollowerReturned(ServerId Follower, long Term, TimeSpan SilentFor) : IFollowerReport;

/// <summary>From a replicator or a heartbeat to its node: a follower's answer carries a later term.</summary>
internal sealed record LaterTermSeen(ServerId Follower, long Term);

/// <summary>
/// From the node to a replicator: the follower was removed by an entry, and is done with when it knows that entry to be
/// committed.
/// </summary>
internal sealed record FinishAt(long Index);

/// <summary>From a replicator to its node: the removed follower knows of its removal.</summary>
internal sealed record FollowerFinished(ServerId Follower, long Term) : IFollowerReport;

/// <summary>From a probe to its node: whether a server answers at the address at which it will be a member.</summary>
internal sealed record ServerProbed(long Term, bool HasAnswered) : IFollowerReport;
