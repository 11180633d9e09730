using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

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
    public JournalIdentity Journal { get; private set; }

    /// <summary>The journal that it was last heard with, by whichever answer.</summary>
    public JournalIdentity KnownJournal => Journal.IsNone ? Progress?.Journal ?? default : Journal;

    /// <summary>What it has announced that it can read; null if it has announced nothing in this term.</summary>
    public Abilities? Abilities { get; private set; }

    /// <summary>Why it serves no client, as it said with its last answer; null if it does, or has not said so.</summary>
    public string? NotServing { get; private set; }

    /// <summary>When the heartbeat was sent that it answered last: what it said of itself is not older.</summary>
    public TimeSpan? AnsweredSentAt { get; private set; }

    /// <summary>How far its state machine is, by its last answer to a heartbeat; null if it did not say.</summary>
    public StateReport? State { get; private set; }

    /// <summary>When it last answered a heartbeat, with whatever journal; null before it did.</summary>
    public TimeSpan? HeardAt { get; private set; }

    /// <summary>What the replicator said last.</summary>
    public FollowerProgress? Progress { get; set; }

    /// <summary>Whether it has denied what it had confirmed, and still has its vote for that.</summary>
    public bool HasLostEntries { get; set; }

    /// <summary>Notes what it said of itself with its answer to a heartbeat.</summary>
    public void OnHeartbeatAcknowledged(HeartbeatAcknowledged acknowledged, TimeSpan now)
    {
        (Journal, HeardAt, AnsweredSentAt) = (acknowledged.Header.Journal, now, acknowledged.SentAt);
        (Abilities, NotServing, State) = (acknowledged.Abilities, acknowledged.NotServing, acknowledged.State);
    }

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
