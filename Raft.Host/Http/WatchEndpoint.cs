using System.Globalization;
using System.Text;
using Raft.Actors.Protocol;
using Raft.Actors.Watching;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>
/// <c>GET /watch?from=&amp;prefix=</c>: the committed changes of keys from an index on, in order and without gaps, as server-sent events. Any server tells
/// them, as it applies them. An event's id is its index; who was cut off goes on with <c>from</c> one above the last, or with <c>Last-Event-ID</c>.
/// </summary>
/// <param name="feed">What changes.</param>
/// <param name="gateway">Says where what changes from now on begins.</param>
/// <param name="settings">The front's settings.</param>
/// <param name="stopping">The host stops.</param>
internal sealed class WatchEndpoint(ChangeFeed feed, RaftGateway gateway, HttpFrontSettings settings, CancellationToken stopping)
{
    private const string FromParameter = "from";
    private const string PrefixParameter = "prefix";
    private const int MaxWatchers = 1000;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    // A client that takes nothing for so long is cut off.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    private int _watchers;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/watch", (RequestDelegate)WatchAsync);

    private static string Data(KeyChange change)
    {
        var key = PercentEncoding.Encode(change.Key.Span);
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"id: {change.Index}\nevent: {(change.Value is null ? "delete" : "put")}\n")
            .Append(CultureInfo.InvariantCulture, $"data: {{\"index\":{change.Index},\"key\":\"{key}\"");
        if (change.Value is { } value)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"value\":\"{Convert.ToBase64String(value.Span)}\"");
        }

        return text.Append("}\n\n").ToString();
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(WriteTimeout);
        await context.Response.WriteAsync(text, patience.Token);
        await context.Response.Body.FlushAsync(patience.Token);
    }

    private static RequestRefusedException Refused(int status, string reason) => new(status, reason);

    /// <summary>From which index on, as far as the client says.</summary>
    private static long? From(HttpContext context, RequestTarget target) =>
        context.Request.Headers["Last-Event-ID"] is [{ } last] ? Number(last, "Last-Event-ID") + 1
        : target.Parameter(FromParameter) is { } from ? Number(from, FromParameter)
        : null;

    /// <summary>
    /// Without an index, what changes from now on. Where that begins the group knows: this server may not have applied all that
    /// is committed.
    /// </summary>
    private async Task<long?> FromNowAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout);
        var answer = await gateway.OwnAsync(new ReadChanges(0, default), deadline, context.RequestAborted);
        switch (answer)
        {
            case GatewayAnswer.Answered { Reply: ChangesRead read }:
                return read.Next;
            case GatewayAnswer.Failed failed:
                await FailureAnswer.WriteAsync(context, failed.Failure, settings);
                return null;
            default:
                throw Refused(
                    StatusCodes.Status504GatewayTimeout,
                    "the group did not say in time where what changes from now on begins; try again");
        }
    }

    private static long Number(string text, string name) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < long.MaxValue
            ? number
            : throw Refused(StatusCodes.Status400BadRequest, $"{name} '{RequestTarget.Shortened(text)}' is not a log index from 1 on");

    private async Task WatchAsync(HttpContext context)
    {
        var target = context.Features.GetRequired<RequestTargetFeature>().Target;
        target.Allow(FromParameter, PrefixParameter);
        var prefix = PercentEncoding.Decode(target.Parameter(PrefixParameter), PrefixParameter, KeyValueLimits.MaxKeyBytes);
        if ((From(context, target) ?? await FromNowAsync(context)) is not { } from)
        {
            return;
        }

        if (from <= feed.Forgotten)
        {
            throw Refused(
                StatusCodes.Status410Gone,
                $"changes up to {feed.Forgotten} are not remembered here any more; list the keys, and watch from the list's {KeyValueEndpoints.AppliedHeader} + 1");
        }

        if (Interlocked.Increment(ref _watchers) > MaxWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            throw Refused(StatusCodes.Status503ServiceUnavailable, $"{MaxWatchers} watch already; ask another server");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await WriteAsync(context, ": watching\n\n", end.Token);
            await TellAsync(context, from, prefix, end.Token);
        }
        catch (OperationCanceledException)
        {
            // It has gone, takes nothing, or the host stops: what it has not read by then it asks for again.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private async Task TellAsync(HttpContext context, long from, byte[] prefix, CancellationToken end)
    {
        var changes = new List<KeyChange>();
        while (true)
        {
            changes.Clear();
            if (feed.Take(from, prefix, int.MaxValue, changes, out var more, out var next) == FeedState.Forgotten)
            {
                var reason = $"{{\"reason\":\"changes up to {feed.Forgotten} are not remembered here any more, and you are at {from}: too slow, or this server was sent a snapshot\",\"forgotten\":{feed.Forgotten}}}";
                await WriteAsync(context, $"event: gone\ndata: {reason}\n\n", end);
                return;
            }

            from = next;
            foreach (var change in changes)
            {
                await WriteAsync(context, Data(change), end);
            }

            if (changes.Count == 0 && await Task.WhenAny(more, Task.Delay(KeepAlive, end)) != more)
            {
                end.ThrowIfCancellationRequested();
                await WriteAsync(context, ": nothing new\n\n", end);
            }
        }
    }
}
