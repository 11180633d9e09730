using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Snapshots;

/// <summary>From the node to its state machine: take a view, for the snapshot of this number.</summary>
internal sealed record TakeView(long Number);

/// <summary>To the node: the view of the state as it was at an index, and with it the library's own blocks.</summary>
internal sealed record ViewTaken(
    long Number,
    long Index,
    long Term,
    ImmutableArray<ReadOnlyMemory<byte>> Library,
    ImmutableArray<ReadOnlyMemory<byte>> Replacement,
    IStateMachineSnapshot View);

/// <summary>From the node to its state machine: could a restore by hand be completed? Changes nothing.</summary>
internal sealed record CheckReplacement(long RestoreId);

/// <summary>
/// To the node: the answer to the client; null if the step must be proposed, and then whether the content was checked.
/// </summary>
internal sealed record ReplacementChecked(long RestoreId, RaftFailure? Answer, bool IsWhole);

/// <summary>From the node to its state machine: replace the state by that of a stored snapshot.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="LibraryOnly">The state machine keeps a state of its own (<c>raft.snapshots.restore-on-start = off</c>): only
/// the library's blocks are read.</param>
internal sealed record RestoreState(StoredSnapshot Snapshot, bool LibraryOnly);

/// <summary>To the node: the state is that of the snapshot.</summary>
internal sealed record StateRestored(StoredSnapshot Snapshot);

/// <summary>To the node: the snapshot could not be restored.</summary>
internal sealed record RestoreFailed(StoredSnapshot Snapshot, string Reason);

/// <summary>From the node to its keeper: write a view to the snapshot store.</summary>
internal sealed record WriteSnapshot(ViewTaken View, Configuration Configuration, long ConfigurationIndex);

/// <summary>From the node to its keeper: a leader sends a snapshot, and this is the first piece of it.</summary>
internal sealed record BeginReceive(long Number, InstallSnapshot First, IActorRef Sender);

/// <summary>From the node to its keeper: a further piece of the snapshot that is being received.</summary>
internal sealed record ReceivePiece(long Number, InstallSnapshot Piece, IActorRef Sender);

/// <summary>From the node to its keeper: whatever it writes or receives is not wanted any more.</summary>
internal sealed record AbandonSnapshot(long Number);

/// <summary>To the node: the snapshot is in the store, as a whole.</summary>
internal sealed record SnapshotStored(StoredSnapshot Snapshot);

/// <summary>To the node: the snapshot could not be taken, written or received; what there is of it will be removed.</summary>
internal sealed record SnapshotFailed(long Number, string Reason);

/// <summary>From the node to its keeper: remove all that belongs to none of these snapshots.</summary>
/// <param name="Kept">The numbers of those that are kept.</param>
/// <param name="Highest">The highest number so far. What is begun meanwhile has a higher one and is left alone.</param>
internal sealed record SweepSnapshots(ImmutableArray<long> Kept, long Highest);

/// <summary>
/// From a replicator to its node: the follower needs entries that the log no longer has, or asks for a snapshot itself.
/// </summary>
internal sealed record SnapshotNeeded(ServerId Follower, long Term) : IFollowerReport;

/// <summary>From a snapshot's sender to its node: how far it is.</summary>
internal sealed record TransferProgress(ServerId Follower, long Term, SnapshotTransfer Transfer) : IFollowerReport;

/// <summary>From a snapshot's sender to its node: the follower has installed it, or (with a reason) it came to nothing.</summary>
internal sealed record TransferEnded(ServerId Follower, long Term, StoredSnapshot Snapshot, string? Failure, bool IsUnreadable)
    : IFollowerReport;

/// <summary>From the node to a replicator: the follower has installed a snapshot.</summary>
internal sealed record SnapshotInstalled(long Index);

/// <summary>From the node to a replicator: the follower did not get its snapshot; look at it again after a pause.</summary>
internal sealed record SnapshotNotInstalled
{
    public static readonly SnapshotNotInstalled Instance = new();
}
