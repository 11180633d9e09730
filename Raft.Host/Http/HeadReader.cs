using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Raft.Host.Http;

/// <summary>
/// Counts the bytes that a connection holds of a request whose line and headers are not complete. Kestrel keeps all of them
/// until then, so without this count many connections with long lines could hold any amount.
/// </summary>
/// <remarks>
/// A long line takes room as it arrives and keeps it until the request ends (<see cref="Release"/>), because the texts made
/// of it live that long. A client cannot be answered in the middle of a line: without room the connection ends.
/// </remarks>
/// <param name="connection">The connection's bytes.</param>
/// <param name="budget">The budget that gives room.</param>
internal sealed class HeadReader(PipeReader connection, MemoryBudget budget) : PipeReader
{
    /// <summary>How many bytes of a body Kestrel may read ahead.</summary>
    public const int ReadAheadBytes = 32 * 1024;

    /// <summary>A head up to this size is free. More than is read ahead, so that a body never counts as a head.</summary>
    public const int FreeBytes = ReadAheadBytes + (8 * 1024);

    /// <summary>How many bytes a byte of the line takes: itself, two in each of three texts, and one in a key.</summary>
    public const int Factor = 8;

    private long _held;

    /// <summary>Gives the room back, when the request or the connection has ended.</summary>
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
                    $"there is no room for a request's line of {result.Buffer.Length} bytes or more (host.http.max-memory)");
            }

            _held = needed;
        }

        return result;
    }
}
