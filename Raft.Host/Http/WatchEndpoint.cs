using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Watching;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>
/// <c>GET /watch?from=&amp;prefix=</c>: the committed changes of keys from an index on, in order and without gaps, as
/// server-sent events. Any server sends them as it applies them. An event's id is its index. A client that was cut off goes on
/// with <c>from</c> one above the last id, or with <c>Last-Event-ID</c>.
/// </summary>
/// <param name="feed">The changes.</param>
/// <param name="gateway">Asks the group for the index at which new changes begin.</param>
/// <param name="settings">The front's settings.</param>
/// <param name="log">The log of clients that were cut off.</param>
/// <param name="stopping">Cancelled when the host stops.</param>
internal sealed class WatchEndpoint(
    ChangeFeed feed, RaftGateway gateway, HttpFrontSettings settings, LimitedLog log, CancellationToken stopping)
{
    private const string FromParameter = "from";
    private const string PrefixParameter = "prefix";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    // A client that takes nothing for this long is cut off.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    private int _watchers;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/watch", (RequestDelegate)WatchAsync);

    /// <exception cref="TimeoutException">The client takes nothing.</exception>
    private static async Task FlushAsync(HttpContext context, CancellationToken cancellation)
    {
        var flush = context.Response.BodyWriter.FlushAsync(cancellation);
        if (!flush.IsCompletedSuccessfully)
        {
            await flush.AsTask().WaitAsync(WriteTimeout, cancellation);
        }
    }

    private static RequestRefusedException Refused(int status, string reason) => new(status, reason);

    /// <summary>The index at which the client wants to begin; null if it names none.</summary>
    private static long? From(HttpContext context, RequestTarget target) =>
        context.Request.Headers["Last-Event-ID"] is [{ } last] ? Number(last, "Last-Event-ID") + 1
        : target.Parameter(FromParameter) is { } from ? Number(from, FromParameter)
        : null;

    /// <summary>
    /// The index at which new changes begin, for a client that names none. The group knows it; this server may not have
    /// applied everything that is committed.
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
                    "the group did not say in time at which index new changes begin; try again");
        }
    }

    private static long Number(string text, string name) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < long.MaxValue
            ? number
            : throw Refused(
                StatusCodes.Status400BadRequest, $"{name} '{RequestTarget.Shortened(text)}' is not a log index, 1 or more");

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
                $"changes up to {feed.Forgotten} are not remembered here any more; list the keys, "
                + $"and watch from the list's {KeyValueEndpoints.AppliedHeader} + 1");
        }

        if (Interlocked.Increment(ref _watchers) > settings.Limits.MaxWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            throw Refused(
                StatusCodes.Status503ServiceUnavailable,
                $"this server already has {settings.Limits.MaxWatchers} watchers (host.http.max-watchers); ask another server");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            Text(context, ": watching\n\n");
            await FlushAsync(context, end.Token);
            await TellAsync(context, new Watcher(prefix) { From = from }, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the host stops. The client asks again for what it has not read.
            context.Abort();
        }
        catch (TimeoutException)
        {
            log.Warn(
                $"a watcher at {context.Connection.RemoteIpAddress} took nothing for {WriteTimeout.TotalSeconds:0} s "
                + "and is cut off");
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private async Task TellAsync(HttpContext context, Watcher watcher, CancellationToken end)
    {
        while (true)
        {
            switch (Fill(context.Response.BodyWriter, watcher, out var more))
            {
                case Told.Something:
                    break;
                case Told.Nothing when await Task.WhenAny(more, Task.Delay(KeepAlive, end)) == more:
                    continue;
                case Told.Nothing:
                    end.ThrowIfCancellationRequested();
                    Text(context, ": nothing new\n\n");
                    break;
                default:
                    await TellOfEndAsync(context, watcher, end);
                    return;
            }

            await FlushAsync(context, end);
        }
    }

    /// <summary>
    /// Writes about one piece of the next changes into the connection's buffer. It holds no change while it waits for the
    /// client. A client that does not read keeps only its place, and the change is forgotten together with all others.
    /// </summary>
    private Told Fill(PipeWriter output, Watcher watcher, out Task more)
    {
        var changes = new List<KeyChange>();
        var state = feed.Take(watcher.From, watcher.Prefix, ChangeEvent.PieceBytes, changes, out more, out var next);
        if (state == FeedState.Forgotten)
        {
            return Told.Forgotten;
        }

        foreach (var change in changes)
        {
            watcher.From = change.Index;
            if (!watcher.Event.Write(output, change))
            {
                return Told.Something;
            }
        }

        watcher.From = next;
        return changes.Count > 0 ? Told.Something : Told.Nothing;
    }

    /// <summary>
    /// The change that the client is at is forgotten. In the middle of an event the client cannot be told: it is cut off, and
    /// ignores half an event.
    /// </summary>
    private async Task TellOfEndAsync(HttpContext context, Watcher watcher, CancellationToken end)
    {
        if (watcher.Event.IsInside)
        {
            log.Warn($"a watcher at {context.Connection.RemoteIpAddress} was too slow for a large change and is cut off");
            context.Abort();
            return;
        }

        var forgotten = feed.Forgotten;
        Text(context, $"event: gone\ndata: {{\"reason\":\"changes up to {forgotten} are not remembered here any more, "
            + $"but you are at {watcher.From}: you were too slow, or this server was sent a snapshot\","
            + $"\"forgotten\":{forgotten}}}\n\n");
        await FlushAsync(context, end);
    }

    private static void Text(HttpContext context, string text) => Encoding.UTF8.GetBytes(text, context.Response.BodyWriter);

    private enum Told
    {
        Something,
        Nothing,
        Forgotten,
    }

    /// <summary>A watcher's place, which is all that the server holds for it.</summary>
    private sealed class Watcher(byte[] prefix)
    {
        public required long From { get; set; }

        public byte[] Prefix { get; } = prefix;

        /// <summary>How much of the change at <see cref="From"/> is written.</summary>
        public ChangeEvent Event { get; } = new();
    }
}
