namespace Raft.Actors.Dispatch;

/// <summary>How long to wait before trying again.</summary>
internal static class Backoff
{
    /// <summary>
    /// Doubles with each failure from the lower bound to the upper, less up to a fifth at random, so that those who
    /// failed together do not come back together.
    /// </summary>
    public static TimeSpan Exponential(TimeSpan min, TimeSpan max, int failures, Random random)
    {
        var doublings = Math.Min(failures - 1, 30);
        var pause = Math.Pow(2, doublings) < max / min ? min * Math.Pow(2, doublings) : max;
        return pause * (1 - (random.NextDouble() / 5));
    }
}
