namespace Raft.Actors.Settings;

/// <summary><c>raft.snapshots</c>: when snapshots are taken, where they are kept, and what of the log stays behind them.</summary>
public sealed record SnapshotSettings
{
    /// <summary>The value of <see cref="Plugin"/> with which no snapshots are taken.</summary>
    public const string NoPlugin = "none";

    /// <summary><c>plugin</c>; empty takes the group's own of <see cref="Storage.RaftStorage"/>. Where the node itself is given an empty one, it takes no snapshots.</summary>
    public string Plugin { get; init; } = string.Empty;

    /// <summary><c>threshold-entries</c>.</summary>
    public long ThresholdEntries { get; init; } = 8192;

    /// <summary><c>interval</c>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary><c>threshold-bytes</c>, in bytes.</summary>
    public long ThresholdBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary><c>max-age</c>; zero: no matter.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.Zero;

    /// <summary><c>retain</c>.</summary>
    public int Retain { get; init; } = 2;

    /// <summary><c>trailing-entries</c>.</summary>
    public long TrailingEntries { get; init; } = 10240;

    /// <summary><c>trailing-bytes</c>, in bytes.</summary>
    public long TrailingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary><c>chunk-bytes</c>, in bytes.</summary>
    public int ChunkBytes { get; init; } = 256 * 1024;

    /// <summary><c>max-messages-in-flight</c>.</summary>
    public int MaxMessagesInFlight { get; init; } = 8;

    /// <summary><c>max-events-per-delete</c>.</summary>
    public int MaxEventsPerDelete { get; init; } = 64;

    /// <summary><c>max-log-bytes</c>, in bytes.</summary>
    public long MaxLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary><c>max-restore-bytes</c>, in bytes.</summary>
    public long MaxRestoreBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary><c>restore-on-start</c>.</summary>
    public bool RestoreOnStart { get; init; } = true;

    /// <summary>Whether snapshots are taken and installed at all.</summary>
    internal bool AreOn => Plugin.Length > 0 && Plugin != NoPlugin;

    /// <summary>
    /// What the log in memory may have where snapshots are on. Not below what it has while all goes well: what the last snapshot leaves, what is kept for a transfer, and what comes until
    /// the next one is stored.
    /// </summary>
    internal long LogBound => Math.Max(MaxLogBytes, ThresholdBytes > long.MaxValue / 4 ? long.MaxValue : 2 * (ThresholdBytes + Math.Min(TrailingBytes, long.MaxValue / 4)));

    internal void Validate()
    {
        RaftSettings.Positive(ThresholdEntries, "raft.snapshots.threshold-entries");
        RaftSettings.Positive(Interval, "raft.snapshots.interval");
        RaftSettings.Check(Interval <= TimeSpan.FromDays(30), "raft.snapshots.interval", Interval, "must not be above 30 days");
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
