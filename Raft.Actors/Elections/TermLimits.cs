namespace Raft.Actors.Elections;

/// <summary>
/// Which terms are possible. An election raises the term by one (figure 2), and a recovery by some million. No server sends a
/// message with a term far beyond that. Adopting it would use up the terms, and no server could ever be elected again.
/// </summary>
internal static class TermLimits
{
    /// <summary>No group gets there: a million elections a second take a hundred thousand years.</summary>
    public const long Highest = 1L << 62;

    /// <summary>
    /// How far a message's term may lie beyond the receiver's. Even a server that was away for years lags less.
    /// </summary>
    public const long LargestStep = 1L << 32;

    /// <summary>Why a term cannot be true for a server; null if it can.</summary>
    /// <param name="term">The term that a message says.</param>
    /// <param name="current">The receiver's.</param>
    /// <param name="hasEntries">Whether the receiver has a log; an empty server cannot know how far its group is.</param>
    public static string? WhyNot(long term, long current, bool hasEntries) =>
        term < 0 ? $"its term {term} is negative"
        : term > Highest ? $"its term {term} is beyond what can be"
        : hasEntries && term - current > LargestStep ? $"its term {term} is too far beyond this server's, {current}"
        : null;
}
