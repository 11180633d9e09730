using Akka.Actor;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Observation;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>What a leader keeps for as long as its term lasts (figure 3.1, volatile state on leaders).</summary>
internal sealed class Leadership(
    ServerId self, Configuration configuration, long term, long startIndex, long commitIndex, LogClock clock, TimeSpan now)
{
    /// <summary>The term that it leads.</summary>
    public long Term { get; } = term;

    /// <summary>Its followers' actors, in the order of the configuration.</summary>
    public List<FollowerActors> Followers { get; } = [];

    /// <summary>Servers that were removed and are still to learn of it.</summary>
    public List<FollowerActors> Leaving { get; } = [];

    /// <summary>The change of the configuration that it is busy with.</summary>
    public PendingChange? Change { get; set; }

    public Commitment Commitment { get; } = new(configuration.Voters, startIndex, commitIndex);

    /// <summary>Stamps the entries of the term.</summary>
    public LogClock Clock { get; } = clock;

    public LeaderLease Lease { get; } = new(self, now);

    public ReadIndexQueue<PendingRead> Reads { get; } = new(self);

    /// <summary>Which followers observers know to be silent.</summary>
    public FollowerSilence Silence { get; } = new();

    /// <summary>
    /// Whether another server was told to call for an election. The servers that it asks vote for it although they hear this
    /// leader, and messages may be late. So no lease holds in this term any more.
    /// </summary>
    public bool HasToldSuccessor { get; set; }

    /// <summary>When the leader last looked at its lease.</summary>
    public TimeSpan LastTick { get; set; } = now;

    /// <summary>Whether it excused that look for being late itself.</summary>
    public bool HasExcusedTick { get; set; }

    /// <summary>Whether a majority has answered in this term.</summary>
    public bool HasHeardQuorum { get; set; }

    /// <summary>Whether a typed command waits for that.</summary>
    public bool WaitsForReaders { get; set; }

    /// <summary>What the replicators were shown last.</summary>
    public LogAdvanced? Published { get; set; }

    /// <summary>
    /// A name for a follower's actors that no others have had and that cannot be guessed. It ends with the term.
    /// </summary>
    public static string NameOf(ServerId follower, long term, string secret) => $"{follower}-{secret}-{term}";

    public FollowerActors? Find(ServerId follower) => Followers.Find(known => known.Server.Id == follower);
}

/// <summary>A leader's two actors for one follower.</summary>
internal sealed class FollowerActors(Server server, IActorRef replicator, IActorRef heartbeat)
{
    public Server Server { get; set; } = server;

    public IActorRef Replicator { get; } = replicator;

    public IActorRef Heartbeat { get; } = heartbeat;

    /// <summary>Sends it a snapshot; null while none is on its way.</summary>
    public Transfer? Transfer { get; set; }

    /// <summary>
    /// After a transfer: the follower has the log up to here and goes on by entries that would otherwise be let go of. Null once
    /// it has them.
    /// </summary>
    public long? GoesOnFrom { get; set; }

    /// <summary>The follower will need the entries after this index; null where none are held for it.</summary>
    public long? NeedsFrom => Transfer?.Snapshot.Index ?? GoesOnFrom;

    /// <summary>The transfer's progress that observers know.</summary>
    public SnapshotTransfer? ToldTransfer { get; set; }

    /// <summary>After a transfer that failed, the next one waits until then.</summary>
    public TimeSpan NoTransferBefore { get; set; }

    /// <summary>
    /// The journal that it answered its last heartbeat with; none before it did, or from a version that knows no identities.
    /// </summary>
    public JournalIdentity Journal { get; set; }

    /// <summary>The journal that it was last heard with, by whichever answer.</summary>
    public JournalIdentity KnownJournal => Journal.IsNone ? Progress?.Journal ?? default : Journal;

    /// <summary>What it has announced that it can read; null if it has announced nothing in this term.</summary>
    public Abilities? Abilities { get; set; }

    /// <summary>Why it serves no client, as it said with its last answer; null if it does, or has not said so.</summary>
    public string? NotServing { get; set; }

    /// <summary>When the heartbeat was sent that it answered last: what it said of itself is not older.</summary>
    public TimeSpan? AnsweredSentAt { get; set; }

    /// <summary>How far its state machine is, by its last answer to a heartbeat; null if it did not say.</summary>
    public StateReport? State { get; set; }

    /// <summary>When it last answered a heartbeat, with whatever journal; null before it did.</summary>
    public TimeSpan? HeardAt { get; set; }

    /// <summary>What the replicator said last.</summary>
    public FollowerProgress? Progress { get; set; }

    /// <summary>Whether it has denied what it had confirmed, and still has its vote for that.</summary>
    public bool HasLostEntries { get; set; }

    /// <summary>Of a server that was removed: the index of the configuration without it.</summary>
    public long RemovedAt { get; set; }

    /// <summary>Of a server whose removal is committed: until when it may learn of it.</summary>
    public TimeSpan? LeavesUntil { get; set; }
}

/// <summary>A snapshot on its way to a follower.</summary>
/// <param name="Sender">The actor that sends it.</param>
/// <param name="Snapshot">The snapshot, which is kept until it is done.</param>
/// <param name="Progress">How far it is.</param>
internal sealed record Transfer(IActorRef Sender, StoredSnapshot Snapshot, SnapshotTransfer Progress);
