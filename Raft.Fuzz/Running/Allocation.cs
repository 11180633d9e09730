namespace Raft.Fuzz.Running;

/// <summary>How much memory one input may have made.</summary>
internal static class Allocation
{
    /// <summary>An input that refers to nothing: an exception with its stack, a few objects around it.</summary>
    private const long Base = 256 * 1024;

    /// <summary>
    /// The smallest thing that a byte may stand for is an object of that size, here with room for the list that holds it.
    /// </summary>
    private const long PerByte = 256;

    /// <summary>Runs a reader, and holds what it allocated against the length of what it read.</summary>
    /// <exception cref="FuzzFindingException">It was more than the bytes can be worth.</exception>
    public static void Bounded(int length, string what, Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        read();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > Base + (PerByte * length))
        {
            throw new FuzzFindingException($"{length} bytes ({what}) made {allocated} bytes of objects");
        }
    }
}
