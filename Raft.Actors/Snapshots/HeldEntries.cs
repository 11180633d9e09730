namespace Raft.Actors.Snapshots;

/// <summary>
/// How far a log may be compacted while followers still need entries of it: those to whom a snapshot is on its way, and those
/// that go on by
/// entries after one. Without these entries a large snapshot under load would be out of date whenever it arrives.
/// </summary>
internal static class HeldEntries
{
    /// <summary>The index up to which entries may go.</summary>
    /// <param name="index">The index up to which they may go if no transfer needs them.</param>
    /// <param name="baseIndex">The index before the first entry that the log still has.</param>
    /// <param name="needed">For each follower that needs entries, the index after which they begin.</param>
    /// <param name="limit">At most this many bytes are held. A follower that needs more gets another snapshot.</param>
    /// <param name="sizeOf">The bytes of an entry.</param>
    public static long Boundary(long index, long baseIndex, IEnumerable<long> needed, long limit, Func<long, long> sizeOf)
    {
        // What begins before the log does cannot be held any more.
        var wanted = needed.Where(from => from >= baseIndex && from < index).Order().ToArray();
        if (wanted.Length == 0)
        {
            return index;
        }

        var (reach, bytes) = (index, 0L);
        while (reach > wanted[0] && (bytes += sizeOf(reach)) <= limit)
        {
            reach--;
        }

        return wanted.FirstOrDefault(from => from >= reach, index);
    }
}
