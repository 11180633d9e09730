using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>The complete snapshots of this server, and the store that has them.</summary>
internal sealed class KeptSnapshots(INodeContext node)
{
    /// <summary>The snapshot store; nobody where snapshots are off.</summary>
    public IActorRef Store { get; private set; } = ActorRefs.Nobody;

    /// <summary>The actor that writes to the store; nobody where snapshots are off.</summary>
    public IActorRef Keeper { get; private set; } = ActorRefs.Nobody;

    /// <summary>The complete snapshots, the newest first.</summary>
    public ImmutableArray<StoredSnapshot> All { get; private set; } = [];

    /// <summary>The newest snapshot; null where there is none.</summary>
    public StoredSnapshot? Newest => All is [var newest, ..] ? newest : null;

    /// <summary>The index of the newest snapshot; 0 where there is none.</summary>
    public long NewestIndex => Newest?.Index ?? 0;

    /// <summary>The highest number that a snapshot was ever begun with.</summary>
    public long HighestNumber { get; private set; }

    /// <summary>Where this server's snapshots are in the store.</summary>
    public SnapshotKeys Keys { get; } = new(SnapshotKeys.PersistenceIdOf(node.Name));

    /// <summary>The node has started, and has a store.</summary>
    public void Start(IActorRef store, IActorRef keeper) => (Store, Keeper) = (store, keeper);

    /// <summary>The journal tells of a snapshot that was begun.</summary>
    public void RecoverNumber(long number) => HighestNumber = Math.Max(HighestNumber, number);

    /// <summary>The journal tells of a snapshot that was complete.</summary>
    public void Recover(SnapshotCompleted completed)
    {
        All = completed.Snapshots;
        RecoverNumber(completed.Newest.Number);
    }

    /// <summary>A number for a new snapshot. It was never used, and is in the journal before it is.</summary>
    public long DrawNumber()
    {
        node.Persist(new SnapshotBegun(++HighestNumber));
        return HighestNumber;
    }

    /// <summary>From now on these are the complete ones.</summary>
    public void Replace(ImmutableArray<StoredSnapshot> snapshots) => All = snapshots;

    /// <summary>A snapshot cannot be read. The next sweep removes it.</summary>
    public void Remove(StoredSnapshot snapshot) => All = All.Remove(snapshot);

    /// <summary>Snapshots are not to be believed. The next sweep removes them.</summary>
    public void RemoveAll(Predicate<StoredSnapshot> isWrong) => All = All.RemoveAll(isWrong);
}
