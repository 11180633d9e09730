using Microsoft.AspNetCore.Http.Features;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>Reads a value from a request's body, and never more than a value may have.</summary>
internal static class ValueBody
{
    private const int FirstBuffer = RequestMemory.FreeBytes - 1;

    // The bytes, and the command that contains them.
    private const int Copies = 2;

    /// <remarks>
    /// The buffer grows with the bytes that have arrived, not to the announced length: a client that announces much and
    /// sends nothing takes no memory.
    /// </remarks>
    /// <exception cref="RequestRefusedException">
    /// There is no body, it is too large, there is no room for it, or it does not arrive in time.
    /// </exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, Deadline deadline)
    {
        var length = context.Request.ContentLength;
        if (length is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
        {
            throw new RequestRefusedException(
                StatusCodes.Status411LengthRequired,
                "the request has no body; send the value as the body, with Content-Length: 0 for an empty one");
        }

        if (length > KeyValueLimits.MaxValueBytes)
        {
            throw TooLarge($"{length}");
        }

        var memory = context.Features.GetRequired<RequestMemory>();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        cancellation.CancelAfter(deadline.Remaining);
        try
        {
            // One byte more than announced or allowed, to see the end without growing.
            var buffer = new byte[Math.Min(length ?? FirstBuffer, FirstBuffer) + 1];
            var filled = 0;
            while (true)
            {
                var read = await context.Request.Body.ReadAsync(buffer.AsMemory(filled), cancellation.Token);
                if (read == 0)
                {
                    return buffer.AsMemory(0, filled);
                }

                filled += read;
                if (filled > KeyValueLimits.MaxValueBytes)
                {
                    throw TooLarge($"more than {KeyValueLimits.MaxValueBytes}");
                }

                if (filled == buffer.Length)
                {
                    var size = (int)Math.Min(buffer.Length * 2L, (length ?? KeyValueLimits.MaxValueBytes) + 1);
                    memory.Hold((long)size * Copies);
                    Array.Resize(ref buffer, size);
                }
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new RequestRefusedException(
                StatusCodes.Status408RequestTimeout, "the request's body did not arrive within the request's time");
        }
    }

    private static RequestRefusedException TooLarge(string size) =>
        new(StatusCodes.Status413PayloadTooLarge, $"the value has {size} bytes, but the limit is {KeyValueLimits.MaxValueBytes}");
}
