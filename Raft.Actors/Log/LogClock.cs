namespace Raft.Actors.Log;

/// <summary>
/// What a leader stamps its entries with. Within its term the stamps advance by its monotonic clock, so that no step of its
/// wall clock moves the log's time. They begin with the wall clock, and never below the last stamp in its log.
/// </summary>
/// <param name="wallClock">The wall clock when the term began.</param>
/// <param name="lastStamp">The stamp of the last entry in the log; 0 if there is none.</param>
/// <param name="startedAt">The monotonic clock when the term began.</param>
internal sealed class LogClock(DateTimeOffset wallClock, long lastStamp, TimeSpan startedAt)
{
    private readonly long _start = Math.Max(wallClock.ToUnixTimeMilliseconds(), lastStamp);

    /// <summary>The stamp of an entry that is appended now, in milliseconds since 1970 (UTC).</summary>
    /// <param name="now">The monotonic clock.</param>
    public long Stamp(TimeSpan now) => _start + (long)(now - startedAt).TotalMilliseconds;
}
