using Raft.Actors.Settings;

namespace Raft.Actors.Snapshots;

/// <summary>
/// Decides when a snapshot is due: by entries, by bytes and by time since the last one. After a failure it waits.
/// </summary>
internal sealed class SnapshotPolicy(SnapshotSettings settings, TimeSpan minBackoff, TimeSpan maxBackoff)
{
    private static readonly TimeSpan ShortestTick = TimeSpan.FromMilliseconds(10);

    private TimeSpan _lookedAt;
    private TimeSpan _takenAt;
    private TimeSpan _notBefore;
    private int _failures;

    /// <summary>The thresholds; they may change at any time.</summary>
    public SnapshotSettings Settings { get; set; } = settings;

    /// <summary>How often to check whether one is due: a few times within the interval.</summary>
    public TimeSpan Tick
    {
        get
        {
            var shortest = Settings.MaxAge > TimeSpan.Zero && Settings.MaxAge < Settings.Interval
                ? Settings.MaxAge
                : Settings.Interval;
            var tick = shortest / 4;
            return tick > ShortestTick ? tick : ShortestTick;
        }
    }

    /// <summary>The index of the last snapshot; 0 if there is none.</summary>
    public long SnapshotIndex { get; private set; }

    /// <summary>The bytes of the entries that were committed since, about.</summary>
    public long BytesSince { get; private set; }

    /// <summary>Whether the last one failed too recently to try another.</summary>
    public bool IsPausing(TimeSpan now) => now < _notBefore;

    /// <summary>The node begins, with the snapshot that it found.</summary>
    public void Begin(long snapshotIndex, TimeSpan now)
    {
        SnapshotIndex = snapshotIndex;
        _lookedAt = now;
        _takenAt = now;
    }

    /// <summary>Entries were committed.</summary>
    public void Committed(long bytes) => BytesSince += bytes;

    /// <summary>
    /// Whether one is due. The number of entries is checked every <see cref="SnapshotSettings.Interval"/>, as in
    /// hashicorp/raft: otherwise a small state would be written many times a second under load. Bytes are checked at once,
    /// because they are memory and disk.
    /// </summary>
    public bool IsDue(long lastApplied, TimeSpan now)
    {
        var entries = lastApplied - SnapshotIndex;
        if (entries <= 0 || IsPausing(now))
        {
            return false;
        }

        if (BytesSince >= Settings.ThresholdBytes || (Settings.MaxAge > TimeSpan.Zero && now - _takenAt >= Settings.MaxAge))
        {
            return true;
        }

        if (now - _lookedAt < Settings.Interval)
        {
            return false;
        }

        _lookedAt = now;
        return entries >= Settings.ThresholdEntries;
    }

    /// <summary>There is a new snapshot.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="bytesSince">The bytes of the entries after it that were committed while it was written.</param>
    /// <param name="now">The time.</param>
    public void Taken(long index, long bytesSince, TimeSpan now)
    {
        SnapshotIndex = index;
        BytesSince = bytesSince;
        _takenAt = now;
        _lookedAt = now;
        _failures = 0;
        _notBefore = TimeSpan.Zero;
    }

    /// <summary>One failed: the next waits for longer at each failure.</summary>
    public void Failed(TimeSpan now)
    {
        var pause = minBackoff.Ticks << Math.Min(_failures++, 20);
        _notBefore = now + (pause > 0 && pause < maxBackoff.Ticks ? TimeSpan.FromTicks(pause) : maxBackoff);
    }
}
