namespace Raft.Host.Http;

/// <summary>
/// How many bytes all large requests and answers of a front may hold together. A request does not wait for room: it is
/// refused at once if there is none, so that it holds nothing while it waits.
/// </summary>
/// <param name="bytes">The size of the budget.</param>
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

    /// <summary>Gives back bytes that were taken.</summary>
    public void Return(long taken) => Interlocked.Add(ref _free, taken);
}

/// <summary>The part of the budget that one request holds until it ends.</summary>
internal sealed class RequestMemory(MemoryBudget budget)
{
    /// <summary>
    /// A body or an answer up to this size is free. Like a connection's buffers, it is bounded by
    /// <c>host.http.max-connections</c>.
    /// </summary>
    public const int FreeBytes = 64 * 1024;

    private long _held;

    /// <summary>Raises what this request holds to the size of a body or an answer, unless it holds that much already.</summary>
    /// <exception cref="RequestRefusedException">
    /// There is no room. Do not call this after something was done: the client is told that nothing was.
    /// </exception>
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
                $"there is no room for {bytes} bytes beside other large requests (host.http.max-memory); try again");
        }

        _held = bytes;
    }

    /// <summary>Gives everything back, when the request has ended.</summary>
    public void Release()
    {
        budget.Return(_held);
        _held = 0;
    }
}
