namespace Raft.Actors.Settings;

/// <summary>
/// The section <c>raft.snapshots</c>: when snapshots are taken, where they are kept, and how much of the log stays.
/// </summary>
public sealed record SnapshotSettings
{
    /// <summary>The value of <see cref="Plugin"/> with which no snapshots are taken.</summary>
    public const string NoPlugin = "none";

    /// <summary>
    /// <c>plugin</c>: the configuration path of an Akka.Persistence snapshot store. Empty, the default: the group's own, if
    /// <see cref="Storage.RaftStorage"/> has set one up, otherwise <c>akka.persistence.snapshot-store.plugin</c>, but never
    /// Akka's default, which keeps files in the working directory. <see cref="NoPlugin"/>: no snapshots, and the log grows
    /// without a bound. A node that is given an empty value itself takes no snapshots.
    /// </summary>
    public string Plugin { get; init; } = string.Empty;

    /// <summary>
    /// <c>threshold-entries</c>: a snapshot is due when this many entries were applied since the last one. Checked every
    /// <see cref="Interval"/>. Above zero; 8192 by default. Fewer: more snapshots. More: a longer log to read at the start.
    /// </summary>
    public long ThresholdEntries { get; init; } = 8192;

    /// <summary>
    /// <c>interval</c>: how often <see cref="ThresholdEntries"/> is checked. Above zero, at most 30 days; 120 s by default.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// <c>threshold-bytes</c>, in bytes: a snapshot is taken at once when the entries since the last one have this size. Above
    /// zero; 64 MiB by default. These bytes are in memory and in the journal.
    /// </summary>
    public long ThresholdBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// <c>max-age</c>: a snapshot is taken when the last one is older than this and something is new. Zero or more. Zero, the
    /// default: age does not matter.
    /// </summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// <c>retain</c>: how many snapshots are kept. Above zero; 2 by default. If the newest cannot be read, an older one serves,
    /// as far as the log still goes on after it.
    /// </summary>
    public int Retain { get; init; } = 2;

    /// <summary>
    /// <c>trailing-entries</c>: how many entries that are in a snapshot stay in the log at most, for followers that lag a
    /// little. Zero or more; 10240 by default. Fewer: followers are sent the whole snapshot more often.
    /// </summary>
    public long TrailingEntries { get; init; } = 10240;

    /// <summary>
    /// <c>trailing-bytes</c>, in bytes: the size of these entries at most. Zero or more; 64 MiB by default. They are in memory.
    /// </summary>
    public long TrailingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// <c>chunk-bytes</c>, in bytes: the size of a snapshot's chunks, each of which is a row of the snapshot store. Above zero;
    /// 256 KiB by default. Larger chunks need more memory; smaller ones make more rows.
    /// </summary>
    public int ChunkBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// <c>max-messages-in-flight</c>: how many messages of a snapshot may be under way to a follower before it answers. Above
    /// zero; 8 by default. Each has <see cref="ReplicationSettings.MaxBytesPerMessage"/>. Fewer: a slower transfer on links with
    /// a long round trip.
    /// </summary>
    public int MaxMessagesInFlight { get; init; } = 8;

    /// <summary>
    /// <c>max-events-per-delete</c>: how many journal events compaction deletes by one request, or a sixteenth of what may go,
    /// if that is more. Above zero; 64 by default. More: a delete keeps writes waiting for longer.
    /// </summary>
    public int MaxEventsPerDelete { get; init; } = 64;

    /// <summary>
    /// <c>max-log-bytes</c>, in bytes: the size of the log in memory if no snapshot comes about, because the store fails or is
    /// too slow. Beyond it a leader answers <see cref="Protocol.Overloaded"/> and a follower takes no entries, until a snapshot
    /// is stored. Above zero; 1 GiB by default. It is never below twice <see cref="ThresholdBytes"/> +
    /// <see cref="TrailingBytes"/>.
    /// </summary>
    public long MaxLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>
    /// <c>max-restore-bytes</c>, in bytes: the size of a snapshot that may be restored by hand. Above zero; 4 GiB by default.
    /// While it comes in, every server holds it in memory beside the present state.
    /// </summary>
    public long MaxRestoreBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>
    /// <c>restore-on-start</c>: whether the newest snapshot is restored when the node starts. True by default. False only for a
    /// state machine that keeps its state on a disk of its own and is at least as far as the newest snapshot; otherwise its
    /// state lacks what was compacted.
    /// </summary>
    public bool RestoreOnStart { get; init; } = true;

    /// <summary>Whether snapshots are taken and installed at all.</summary>
    internal bool AreOn => Plugin.Length > 0 && Plugin != NoPlugin;

    /// <summary>
    /// The bound of the log in memory while snapshots are on, in bytes. It is not below what the log has while all goes well:
    /// what the last snapshot leaves, what is kept for a transfer, and what comes until the next snapshot is stored.
    /// </summary>
    internal long LogBound => Math.Max(MaxLogBytes, ThresholdBytes > long.MaxValue / 4
        ? long.MaxValue
        : 2 * (ThresholdBytes + Math.Min(TrailingBytes, long.MaxValue / 4)));

    internal void Validate()
    {
        RaftSettings.Positive(ThresholdEntries, "raft.snapshots.threshold-entries");
        RaftSettings.Positive(Interval, "raft.snapshots.interval");
        RaftSettings.Check(Interval <= TimeSpan.FromDays(30), "raft.snapshots.interval", Interval, "must be at most 30 days");
        RaftSettings.Positive(ThresholdBytes, "raft.snapshots.threshold-bytes");
        RaftSettings.Check(MaxAge >= TimeSpan.Zero, "raft.snapshots.max-age", MaxAge, "must not be negative");
        RaftSettings.Positive(Retain, "raft.snapshots.retain");
        RaftSettings.Check(TrailingEntries >= 0, "raft.snapshots.trailing-entries", TrailingEntries, "must not be negative");
        RaftSettings.Check(TrailingBytes >= 0, "raft.snapshots.trailing-bytes", TrailingBytes, "must not be negative");
        RaftSettings.Positive(ChunkBytes, "raft.snapshots.chunk-bytes");
        RaftSettings.Positive(MaxMessagesInFlight, "raft.snapshots.max-messages-in-flight");
        RaftSettings.Positive(MaxEventsPerDelete, "raft.snapshots.max-events-per-delete");
        RaftSettings.Positive(MaxLogBytes, "raft.snapshots.max-log-bytes");
        RaftSettings.Positive(MaxRestoreBytes, "raft.snapshots.max-restore-bytes");
    }
}
