namespace Raft.Actors.Hosting.Door;

/// <summary>
/// Which refusals are told: of each kind one a minute, with the number of those since. A sender chooses what is refused, and how
/// often; so neither may decide how long the log becomes.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class RefusalLedger(TimeProvider time)
{
    /// <summary>The same kind of refusal is told again after this long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<RefusalKind, (long ToldAt, long Since)> _kinds = [];

    /// <summary>Whether this one is to be told; if so, how many of its kind were refused in silence before it.</summary>
    public bool IsTold(RefusalKind kind, out long inSilence)
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
