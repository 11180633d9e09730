namespace Raft.Actors.LogLines;

/// <summary>
/// Which lines are worth writing about what others cause as often as they like: of each kind one a minute, with the number
/// of those since. They must not decide how long the log becomes. Any thread may ask.
/// </summary>
/// <typeparam name="TKind">The kinds, of which there are few.</typeparam>
/// <param name="time">The clock.</param>
internal class LineLimit<TKind>(TimeProvider time)
    where TKind : notnull
{
    /// <summary>The same kind is told again after this long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<TKind, (long ToldAt, long Since)> _kinds = [];

    /// <summary>Whether this one is to be told; if so, how many of its kind there were in silence before it.</summary>
    public bool IsTold(TKind kind, out long inSilence)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var isKnown = _kinds.TryGetValue(kind, out var last);
            inSilence = last.Since;
            if (isKnown && time.GetElapsedTime(last.ToldAt, now) < Interval)
            {
                _kinds[kind] = last with { Since = last.Since + 1 };
                return false;
            }

            _kinds[kind] = (now, 0);
            return true;
        }
    }
}
