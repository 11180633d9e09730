namespace Raft.Host.Http;

/// <summary>
/// How many bytes all large requests and answers of a front may hold together. Nobody waits for room: what finds none is
/// refused at once, so that what is refused holds nothing either.
/// </summary>
/// <param name="bytes">How many there are.</param>
internal sealed class MemoryBudget(long bytes)
{
    private long _free = bytes;

    /// <summary>How many bytes are free now.</summary>
    public long Free => Interlocked.Read(ref _free);

    /// <summary>Takes bytes, all or none.</summary>
    public bool TryTake(long wanted)
    {
        if (Interlocked.Add(ref _free, -wanted) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _free, wanted);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Return(long taken) => Interlocked.Add(ref _free, taken);
}

/// <summary>What one request holds of the budget, until it ends.</summary>
internal sealed class RequestMemory(MemoryBudget budget)
{
    /// <summary>
    /// So many bytes of a body or of an answer are free: a request has them as a connection has its buffers, and
    /// <c>host.http.max-connections</c> bounds them.
    /// </summary>
    public const int FreeBytes = 64 * 1024;

    private long _held;

    /// <summary>Takes what a body or an answer of a size needs, in place of what this request holds, if that is less.</summary>
    /// <exception cref="RequestRefusedException">There is no room. Whoever has done something by then must not ask.</exception>
    public void Hold(long bytes)
    {
        var more = bytes - _held;
        if (bytes <= FreeBytes || more <= 0)
        {
            return;
        }

        if (!budget.TryTake(more))
        {
            throw new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                $"{bytes} bytes have no room beside what other large requests hold (host.http.max-memory); try again");
        }

        _held = bytes;
    }

    /// <summary>Gives everything back; the request has ended.</summary>
    public void Release()
    {
        budget.Return(_held);
        _held = 0;
    }
}
