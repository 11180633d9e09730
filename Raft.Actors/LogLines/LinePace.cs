namespace Raft.Actors.LogLines;

/// <summary>
/// Which lines are worth writing about one thing that others cause as often as they like: one in so long, with the number of
/// those since. It must not decide how long the log becomes. For one thread at a time.
/// </summary>
/// <param name="interval">The same is told again after this long.</param>
internal sealed class LinePace(TimeSpan interval)
{
    private TimeSpan? _toldAt;
    private long _inSilence;

    /// <summary>What a line adds about those that were left out; nothing if there were none.</summary>
    public static string Others(long inSilence) =>
        inSilence == 0 ? string.Empty : $" ({inSilence} more of this kind since the last line)";

    /// <summary>Whether to log this line; if so, how many were left out before it.</summary>
    /// <param name="now">The time, on a clock that never goes back.</param>
    /// <param name="inSilence">How many.</param>
    public bool IsTold(TimeSpan now, out long inSilence)
    {
        inSilence = _inSilence;
        if (_toldAt is { } before && now - before < interval)
        {
            _inSilence++;
            return false;
        }

        (_toldAt, _inSilence) = (now, 0);
        return true;
    }
}
