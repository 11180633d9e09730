namespace Raft.Simulation.Shrinking;

/// <summary>
/// Finds a small part of a list that still fails (Zeller and Hildebrandt's delta debugging, without its complements).
/// </summary>
internal static class DeltaDebugging
{
    /// <summary>Leaves out chunks, then single items, until nothing more can be left out.</summary>
    /// <param name="items">A list that fails.</param>
    /// <param name="attempt">Tries a shorter list. Answers null if it does not fail, and otherwise what of it was needed.</param>
    /// <returns>A list that fails, and no longer fails when any one item is missing.</returns>
    public static IReadOnlyList<T> Reduce<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, IReadOnlyList<T>?> attempt)
    {
        var chunk = items.Count;
        while (chunk > 0 && items.Count > 0)
        {
            var before = items.Count;
            items = WithoutChunks(items, chunk, attempt);
            chunk = chunk > 1 ? Math.Min(chunk / 2, Math.Max(1, items.Count)) : items.Count < before ? 1 : 0;
        }

        return items;
    }

    private static IReadOnlyList<T> WithoutChunks<T>(
        IReadOnlyList<T> items, int chunk, Func<IReadOnlyList<T>, IReadOnlyList<T>?> attempt)
    {
        var start = 0;
        while (start < items.Count)
        {
            var from = start;
            if (attempt([.. items.Where((_, index) => index < from || index >= from + chunk)]) is { } needed)
            {
                items = needed;
            }
            else
            {
                start += chunk;
            }
        }

        return items;
    }
}
