namespace Raft.Actors.LogLines;

/// <summary>
/// Which lines are worth writing about what others cause as often as they like: of each kind one a minute
/// (<see cref="LinePace"/>). Any thread may ask.
/// </summary>
/// <typeparam name="TKind">The kinds, of which there are few.</typeparam>
/// <param name="time">The clock.</param>
internal sealed class LineLimit<TKind>(TimeProvider time)
    where TKind : notnull
{
    /// <summary>The same kind is told again after this long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<TKind, LinePace> _kinds = [];
    private readonly long _start = time.GetTimestamp();

    /// <summary>Whether to log this line; if so, how many of its kind were left out before it.</summary>
    public bool IsTold(TKind kind, out long inSilence)
    {
        lock (_lock)
        {
            if (!_kinds.TryGetValue(kind, out var pace))
            {
                _kinds[kind] = pace = new LinePace(Interval);
            }

            return pace.IsTold(time.GetElapsedTime(_start), out inSilence);
        }
    }
}
