using System.Collections.Immutable;

namespace Raft.Actors.Model;

/// <summary>
/// A snapshot is about to be written to the snapshot store under this number. It is in the journal before the first chunk
/// is in the store, so that no number, and no key in the store, is ever used twice.
/// </summary>
/// <param name="Number">The number.</param>
public sealed record SnapshotBegun(long Number) : IJournalEvent;

/// <summary>
/// A snapshot is complete in the snapshot store, and counts from here on: the compaction point. It says all that the events
/// before it said, so that they may be deleted as far as their entries are in the snapshot.
/// </summary>
/// <param name="Snapshots">The snapshots that are kept, the newest (which this event is about) first.</param>
/// <param name="DiscardsLog">Whether the whole log was discarded, because the snapshot came from a leader and the log did not
/// match it (dissertation, figure 5.3, rule 7). Otherwise the log is as it was.</param>
/// <param name="Term">The node's term at this point.</param>
/// <param name="VotedFor">Its vote in that term.</param>
public sealed record SnapshotCompleted(ImmutableArray<StoredSnapshot> Snapshots, bool DiscardsLog, long Term, ServerId VotedFor)
    : IJournalEvent
{
    /// <summary>The journal's identity; none in a journal that has none yet (<see cref="JournalIdentified"/>).</summary>
    public JournalIdentity Journal { get; init; }

    /// <summary>The group's identity as far as this server knows it.</summary>
    public GroupIdentity Group { get; init; }

    /// <summary>The snapshot that was completed.</summary>
    public StoredSnapshot Newest => Snapshots[0];
}
