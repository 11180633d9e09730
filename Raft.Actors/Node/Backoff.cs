namespace Raft.Actors.Node;

/// <summary>How long to wait before trying again.</summary>
internal static class Backoff
{
    /// <summary>
    /// Doubles with each failure from the lower bound to the upper, less up to a fifth at random, so that those who
    /// failed together do not come back together.
    /// </summary>
    public static TimeSpan Exponential(TimeSpan min, TimeSpan max, int failures, Random random)
    {
        var doubled = min * Math.Pow(2, Math.Min(failures - 1, 30));
        return (doubled < max ? doubled : max) * (1 - (random.NextDouble() / 5));
    }
}
