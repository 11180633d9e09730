using System.Globalization;
using Raft.Actors.Protocol;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>The key-value store: <c>/kv/{key}</c>, and <c>/kv</c> for lists.</summary>
internal sealed class KeyValueEndpoints(RaftGateway gateway, HttpFrontSettings settings, SessionShares shares)
{
    /// <summary>The route of every request with a key; it does not contain the key's bytes.</summary>
    public const string KeyRoute = "/kv/key";

    /// <summary>The header with the log index of the entry that wrote the value.</summary>
    public const string IndexHeader = "X-Raft-Index";

    /// <summary>The header with the log index up to which the answering state had applied the log.</summary>
    public const string AppliedHeader = "X-Raft-Applied-Index";

    /// <summary>With consistency=bounded, the header that says how many milliseconds the answering state may be behind.</summary>
    public const string StalenessHeader = "X-Raft-Staleness-Ms";

    private const string ConsistencyParameter = "consistency";
    private const string MaxStalenessParameter = "max-staleness-ms";
    private const string PrefixParameter = "prefix";
    private const string AfterParameter = "after";
    private const string LimitParameter = "limit";
    private const int DefaultListLimit = 100;
    private const int PieceBytes = 64 * 1024;

    // A byte of a key may take three characters of two bytes, and then three bytes of JSON.
    private const int ListFactor = 9;

    private readonly ReadTurns _turns = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(KeyRoute, [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)GetAsync);
        routes.MapPut(KeyRoute, (RequestDelegate)PutAsync);
        routes.MapDelete(KeyRoute, (RequestDelegate)DeleteAsync);
        routes.MapGet("/kv", (RequestDelegate)ListAsync);
    }

    private static RequestTarget Target(HttpContext context) => context.Features.GetRequired<RequestTargetFeature>().Target;

    private static byte[] Key(RequestTarget target)
    {
        var key = PercentEncoding.Decode(target.Key, "key", KeyValueLimits.MaxKeyBytes);
        return key.Length > 0
            ? key
            : throw new RequestRefusedException(
                StatusCodes.Status400BadRequest, "the key is empty; give a key of at least one byte after /kv/");
    }

    private Read Read(RequestTarget target, byte[] query) => new(query, Consistency(target))
    {
        MaxStaleness = MaxStaleness(target),
        Timeout = settings.RequestTimeout,
    };

    private static ReadConsistency Consistency(RequestTarget target) => target.Parameter(ConsistencyParameter) switch
    {
        null or "linearizable" => ReadConsistency.Linearizable,
        "follower" => ReadConsistency.Follower,
        "lease" => ReadConsistency.Lease,
        "bounded" => ReadConsistency.Bounded,
        "stale" => ReadConsistency.Stale,
        var other => throw new RequestRefusedException(
            StatusCodes.Status400BadRequest,
            $"consistency '{RequestTarget.Shortened(other)}' is unknown; use linearizable, follower, lease, bounded or stale"),
    };

    private static TimeSpan? MaxStaleness(RequestTarget target)
    {
        if (target.Parameter(MaxStalenessParameter) is not { } text)
        {
            return null;
        }

        return Consistency(target) == ReadConsistency.Bounded
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new RequestRefusedException(
                StatusCodes.Status400BadRequest,
                $"{MaxStalenessParameter} '{RequestTarget.Shortened(text)}' must be a number of milliseconds, "
                + "and goes only with consistency=bounded");
    }

    private static void ShowState(HttpContext context, GatewayAnswer.Carried carried)
    {
        context.Response.Headers[AppliedHeader] = Text(carried.Index);
        if (carried.Staleness is { } staleness)
        {
            context.Response.Headers[StalenessHeader] = Text((long)Math.Ceiling(staleness.TotalMilliseconds));
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Waits for a turn, reads, and keeps the turn until there is room for the answer.</summary>
    private async Task<GatewayAnswer> ReadAsync(HttpContext context, Read read, Deadline deadline, int factor)
    {
        using var turn = await _turns.WaitAsync(read.Consistency, deadline, context.RequestAborted);
        var answer = await gateway.ReadAsync(read, context.Connection.RemoteIpAddress, deadline, context.RequestAborted);
        if (answer is GatewayAnswer.Carried carried)
        {
            context.Features.GetRequired<RequestMemory>().Hold((long)carried.Result.Length * factor);
        }

        return answer;
    }

    private async Task GetAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout);
        var target = Target(context);
        target.Allow(ConsistencyParameter, MaxStalenessParameter);
        var query = KeyValueQuery.Get(Key(target)).Encode();
        var answer = await ReadAsync(context, Read(target, query), deadline, factor: 1);
        if (answer is not GatewayAnswer.Carried carried)
        {
            await ProblemAsync(context, answer);
            return;
        }

        if (KeyValueAnswer.Decode(carried.Result) is not KeyValueAnswer.Value value)
        {
            await UnreadableAsync(context, Outcome.NotDone);
            return;
        }

        ShowState(context, carried);
        if (!value.Exists)
        {
            await JsonAnswer.ErrorAsync(context, StatusCodes.Status404NotFound, "there is no such key", Outcome.Done);
            return;
        }

        context.Response.Headers.ETag = $"\"{value.Version}\"";
        context.Response.Headers[IndexHeader] = Text(value.Version);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = value.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            // In pieces: otherwise the whole value would be copied for a client that does not read.
            for (var offset = 0; offset < value.Bytes.Length; offset += PieceBytes)
            {
                var piece = value.Bytes.Slice(offset, Math.Min(PieceBytes, value.Bytes.Length - offset));
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        }
    }

    private async Task ListAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout);
        var target = Target(context);
        target.Allow(PrefixParameter, AfterParameter, LimitParameter, ConsistencyParameter, MaxStalenessParameter);
        var limit = DefaultListLimit;
        if (target.Parameter(LimitParameter) is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > KeyValueLimits.MaxListedKeys))
        {
            throw new RequestRefusedException(
                StatusCodes.Status400BadRequest,
                $"limit '{RequestTarget.Shortened(text)}' must be a number from 1 to {KeyValueLimits.MaxListedKeys}");
        }

        var prefix = PercentEncoding.Decode(target.Parameter(PrefixParameter), "prefix", KeyValueLimits.MaxKeyBytes);
        var after = PercentEncoding.Decode(target.Parameter(AfterParameter), "value of 'after'", KeyValueLimits.MaxKeyBytes);
        var query = KeyValueQuery.List(prefix, after, limit).Encode();
        var answer = await ReadAsync(context, Read(target, query), deadline, ListFactor);
        if (answer is not GatewayAnswer.Carried carried)
        {
            await ProblemAsync(context, answer);
        }
        else if (KeyValueAnswer.Decode(carried.Result) is KeyValueAnswer.KeyList list)
        {
            ShowState(context, carried);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new
            {
                // Percent-encoded, as in a URL, because a key need not be text.
                Keys = list.Entries.Select(static entry => new { Key = PercentEncoding.Encode(entry.Key.Span), entry.Version }),
                list.Truncated,
            });
        }
        else
        {
            await UnreadableAsync(context, Outcome.NotDone);
        }
    }

    private async Task PutAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout);
        var target = Target(context);
        target.Allow(Conditions.ExpectParameter);
        var key = Key(target);
        var condition = Conditions.Read(context.Request.Headers, target);
        var value = await ValueBody.ReadAsync(context, deadline);
        await WriteAsync(context, KeyValueCommand.Put(key, value, condition), deadline);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout);
        var target = Target(context);
        target.Allow(Conditions.ExpectParameter);
        var condition = Conditions.Read(context.Request.Headers, target);
        await WriteAsync(context, KeyValueCommand.Delete(Key(target), condition), deadline);
    }

    private async Task WriteAsync(HttpContext context, KeyValueCommand command, Deadline deadline)
    {
        var session = SessionEndpoints.Read(context.Request.Headers);
        var answer = await gateway.WriteAsync(
            KeyValueCommandCodec.Encode(command),
            session,
            context.Connection.RemoteIpAddress,
            deadline,
            context.RequestAborted);
        if (answer is not GatewayAnswer.Carried carried)
        {
            await ProblemAsync(context, answer);
            return;
        }

        if (session is { } used)
        {
            shares.Used(used.SessionId);
        }

        var result = KeyValueResult.Decode(carried.Result);
        switch (result?.Kind)
        {
            case KeyValueResultKind.Written:
                context.Response.Headers.ETag = $"\"{result.Version}\"";
                context.Response.Headers[IndexHeader] = Text(carried.Index);
                await JsonAnswer.WriteAsync(
                    context,
                    StatusCodes.Status200OK,
                    new { Outcome = JsonAnswer.Text(Outcome.Done), result.Version, carried.Term, Replaced = result.Existed });
                break;
            case KeyValueResultKind.Deleted:
                context.Response.Headers[IndexHeader] = Text(carried.Index);
                await JsonAnswer.WriteAsync(
                    context,
                    StatusCodes.Status200OK,
                    new { Outcome = JsonAnswer.Text(Outcome.Done), Deleted = result.Existed, carried.Term });
                break;
            case KeyValueResultKind.ConditionFailed:
                if (result.Existed)
                {
                    context.Response.Headers.ETag = $"\"{result.Version}\"";
                }

                await JsonAnswer.WriteAsync(
                    context,
                    StatusCodes.Status412PreconditionFailed,
                    new ErrorBody(
                        result.Existed
                            ? $"the condition does not hold: the key exists in version {result.Version}"
                            : "the condition does not hold: the key does not exist",
                        JsonAnswer.Text(Outcome.NotDone))
                    { Version = result.Version });
                break;
            case KeyValueResultKind.Malformed:
                await JsonAnswer.ErrorAsync(
                    context,
                    StatusCodes.Status500InternalServerError,
                    $"the state machine could not read the command: {result.Reason}; do the servers run different versions?",
                    Outcome.NotDone);
                break;
            default:
                await UnreadableAsync(context, Outcome.Unknown);
                break;
        }
    }

    private Task ProblemAsync(HttpContext context, GatewayAnswer answer) => answer switch
    {
        GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
        GatewayAnswer.Silent silent => FailureAnswer.WriteAsync(context, silent),
        _ => throw new NotSupportedException(answer.GetType().Name),
    };

    private static Task UnreadableAsync(HttpContext context, Outcome outcome) => JsonAnswer.ErrorAsync(
        context,
        StatusCodes.Status500InternalServerError,
        "the state machine's answer cannot be read here; do the servers run different versions?",
        outcome);
}
