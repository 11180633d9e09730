using Microsoft.AspNetCore.Http.Features;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>Reads a value out of a request's body, and never more than a value may have.</summary>
internal static class ValueBody
{
    private const int FirstBuffer = 16 * 1024;

    /// <exception cref="RequestRefusedException">There is none, it is too large, or it does not come in time.</exception>
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

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        cancellation.CancelAfter(deadline.Remaining);
        try
        {
            // One byte more than announced or allowed, so that the end is seen without growing.
            var buffer = new byte[(length ?? FirstBuffer) + 1];
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
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 2, KeyValueLimits.MaxValueBytes + 1));
                }
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new RequestRefusedException(StatusCodes.Status408RequestTimeout, "the request's body did not arrive within the request's time");
        }
    }

    private static RequestRefusedException TooLarge(string size) =>
        new(StatusCodes.Status413PayloadTooLarge, $"the value has {size} bytes and the limit is {KeyValueLimits.MaxValueBytes}");
}
