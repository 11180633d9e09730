using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Raft.Host.Http;

/// <summary>
/// Counts what a connection holds of a request whose line and headers have not come to their end. Kestrel keeps it all until
/// then, so that many connections with long lines would hold as much as they like.
/// </summary>
/// <remarks>
/// A long line takes its room as it comes and keeps it until the request ends (<see cref="Release"/>), because the texts that
/// are made of it live as long. There is nobody to give an answer to in the midst of a line: without room the connection ends.
/// </remarks>
/// <param name="connection">The connection's bytes.</param>
/// <param name="budget">Where the room is.</param>
internal sealed class HeadReader(PipeReader connection, MemoryBudget budget) : PipeReader
{
    /// <summary>What Kestrel may read ahead of a body that nobody reads yet.</summary>
    public const int ReadAheadBytes = 32 * 1024;

    /// <summary>A head of so many bytes is free. More than is read ahead, so that a body is never taken for a head.</summary>
    public const int FreeBytes = ReadAheadBytes + (8 * 1024);

    /// <summary>What becomes of a byte of the line: itself, two in each of three texts, and one in a key.</summary>
    public const int Factor = 8;

    private long _held;

    /// <summary>Gives the room back; the request or the connection has ended.</summary>
    public void Release() => budget.Return(Interlocked.Exchange(ref _held, 0));

    /// <inheritdoc />
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = connection.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Counted(read.Result)) : CountedAsync(read);
    }

    /// <inheritdoc />
    public override bool TryRead(out ReadResult result)
    {
        if (!connection.TryRead(out result))
        {
            return false;
        }

        Counted(result);
        return true;
    }

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed) => connection.AdvanceTo(consumed);

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        connection.AdvanceTo(consumed, examined);

    /// <inheritdoc />
    public override void CancelPendingRead() => connection.CancelPendingRead();

    /// <inheritdoc />
    public override void Complete(Exception? exception = null) => connection.Complete(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> CountedAsync(ValueTask<ReadResult> read) => Counted(await read);

    private ReadResult Counted(ReadResult result)
    {
        var needed = result.Buffer.Length <= FreeBytes ? 0 : result.Buffer.Length * Factor;
        if (needed > _held)
        {
            if (!budget.TryTake(needed - _held))
            {
                throw new ConnectionAbortedException(
                    $"a request's line of more than {result.Buffer.Length} bytes has no room (host.http.max-memory)");
            }

            _held = needed;
        }

        return result;
    }
}
