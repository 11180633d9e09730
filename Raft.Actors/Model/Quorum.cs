namespace Raft.Actors.Model;

/// <summary>
/// What a majority is: more than half of the voters. Any two majorities of the same voters share one (dissertation 3.6.3).
/// </summary>
public static class Quorum
{
    /// <summary>How many of the voters make a majority. Without voters it is 0, and yet nothing is decided.</summary>
    /// <param name="voters">How many voters there are.</param>
    public static int SizeOf(int voters) => voters == 0 ? 0 : (voters / 2) + 1;

    /// <summary>Whether as many of the voters make a majority. Without voters none do.</summary>
    /// <param name="count">How many agree.</param>
    /// <param name="voters">How many voters there are.</param>
    public static bool IsReached(int count, int voters) => voters > 0 && count >= SizeOf(voters);

    /// <summary>The highest value that a majority of the voters has reached or passed.</summary>
    /// <param name="values">How far each voter is, in any order. They are sorted here.</param>
    /// <exception cref="ArgumentException">There are no voters.</exception>
    public static T ReachedBy<T>(Span<T> values)
        where T : IComparable<T>
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("without voters no majority has reached anything", nameof(values));
        }

        // Sorted upwards, a majority (the upper half and the middle) has at least what stands at the lower middle.
        values.Sort();
        return values[(values.Length - 1) / 2];
    }
}
