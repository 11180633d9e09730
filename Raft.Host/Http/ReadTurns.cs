using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>
/// Lets a bounded number of reads ask the node at once. The size of an answer is known only when it has arrived; then the
/// budget has room for it or refuses it. Until then, each answer may be as large as a value may be.
/// </summary>
/// <remarks>
/// Each consistency has turns of its own, so that reads that wait for a leader do not hold up reads that need none.
/// </remarks>
internal sealed class ReadTurns
{
    /// <summary>How many reads of a consistency ask at once. More would not be faster: they share the leader's rounds.</summary>
    public const int Count = 64;

    private readonly Dictionary<ReadConsistency, SemaphoreSlim> _turns =
        Enum.GetValues<ReadConsistency>().ToDictionary(static kind => kind, static _ => new SemaphoreSlim(Count));

    /// <summary>Waits for a turn. Dispose the turn when there is room for the answer.</summary>
    /// <exception cref="RequestRefusedException">No turn was free within the request's time.</exception>
    public async ValueTask<Turn> WaitAsync(ReadConsistency consistency, Deadline deadline, CancellationToken aborted)
    {
        var turns = _turns[consistency];
        return await turns.WaitAsync(deadline.Remaining, aborted)
            ? new Turn(turns)
            : throw new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                $"{Count} reads of this consistency were in progress during all of the request's time; try again");
    }

    /// <summary>A read's turn.</summary>
    internal readonly struct Turn(SemaphoreSlim turns) : IDisposable
    {
        /// <inheritdoc />
        public void Dispose() => turns.Release();
    }
}
