using System.Globalization;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>
/// Client sessions: <c>POST /sessions</c> begins one, <c>PUT /sessions/{id}</c> keeps it alive, and <c>DELETE
/// /sessions/{id}</c> ends it. A write that names a session and its number there is applied once, however often and to
/// whichever server it is sent.
/// </summary>
internal sealed class SessionEndpoints(RaftGateway gateway, HttpFrontSettings settings, SessionShares shares)
{
    /// <summary>The header of a write that names its session.</summary>
    public const string SessionHeader = "X-Raft-Session";

    /// <summary>The header of a write that gives its number in the session, from 1 on.</summary>
    public const string SequenceHeader = "X-Raft-Sequence";

    /// <summary>
    /// The header with the lowest number whose answer the client still waits for. Without it, the write's own number: the
    /// client then sends one write at a time.
    /// </summary>
    public const string LowestHeader = "X-Raft-Lowest-Unanswered";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sessions", (RequestDelegate)BeginAsync);
        routes.MapPut("/sessions/{id}", (RequestDelegate)(context =>
            AskAsync(context, new KeepSessionAlive(Id(context), Number(context.Request.Headers, LowestHeader) ?? 1))));
        routes.MapDelete("/sessions/{id}", (RequestDelegate)(context => AskAsync(context, new CloseSession(Id(context)))));
    }

    /// <summary>The session that a write names; null if it names none.</summary>
    /// <exception cref="RequestRefusedException">A header is missing or is not a number.</exception>
    public static CommandSession? Read(IHeaderDictionary headers)
    {
        var (session, sequence) = (Number(headers, SessionHeader), Number(headers, SequenceHeader));
        var lowest = Number(headers, LowestHeader);
        return (session, sequence) switch
        {
            ({ } id, { } number) => new CommandSession(id, number, lowest ?? number),
            (null, null) when lowest is null => null,
            _ => throw Refused($"a write in a session must have both {SessionHeader} and {SequenceHeader}"),
        };
    }

    private static long? Number(IHeaderDictionary headers, string name) => headers[name] switch
    {
        [] => null,
        [{ } text] when Number(text) is { } number => number,
        var other => throw Refused($"{name}: {RequestTarget.Shortened(other.ToString())} is not a number, 1 or more"),
    };

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private static long Id(HttpContext context) =>
        (string?)context.Request.RouteValues["id"] is { } text && Number(text) is { } id
            ? id
            : throw Refused("a session's id must be a number, 1 or more");

    private static RequestRefusedException Refused(string reason) => new(StatusCodes.Status400BadRequest, reason);

    /// <summary>Begins a session if the client's share has room, so that no client takes all sessions of the group.</summary>
    private async Task BeginAsync(HttpContext context)
    {
        context.Features.GetRequired<RequestTargetFeature>().Target.Allow();
        var share = shares.Take(context.Connection.RemoteIpAddress) ?? throw new RequestRefusedException(
            StatusCodes.Status429TooManyRequests,
            $"your address has {settings.Limits.MaxSessionsPerClient} sessions here (host.http.max-sessions-per-client): "
            + "end some, or let them expire");
        var deadline = Deadline.After(settings.RequestTimeout);
        var answer = await gateway.AdministerAsync(new RegisterSession(), deadline, context.RequestAborted);
        switch (answer)
        {
            case GatewayAnswer.Answered { Reply: SessionRegistered registered }:
                shares.Began(share, registered.SessionId);
                break;
            case GatewayAnswer.Failed { Failure.Outcome: Outcome.NotDone }:
                shares.GiveBack(share);
                break;
        }

        await AnswerAsync(context, answer);
    }

    private async Task AskAsync(HttpContext context, IRaftRequest request)
    {
        context.Features.GetRequired<RequestTargetFeature>().Target.Allow();
        var answer = await gateway.AdministerAsync(request, Deadline.After(settings.RequestTimeout), context.RequestAborted);
        switch (answer)
        {
            case GatewayAnswer.Answered { Reply: SessionKeptAlive kept }:
                shares.Used(kept.SessionId);
                break;
            case GatewayAnswer.Answered { Reply: SessionClosed closed }:
                shares.Ended(closed.SessionId);
                break;
        }

        await AnswerAsync(context, answer);
    }

    private async Task AnswerAsync(HttpContext context, GatewayAnswer answer)
    {
        var done = JsonAnswer.Text(Outcome.Done);
        await (answer switch
        {
            GatewayAnswer.Answered { Reply: SessionRegistered registered } => JsonAnswer.WriteAsync(
                context,
                StatusCodes.Status201Created,
                new
                {
                    Outcome = done,
                    Session = registered.SessionId,
                    TimeoutMs = (long)registered.Timeout.TotalMilliseconds,
                }),
            GatewayAnswer.Answered { Reply: SessionKeptAlive or SessionClosed } =>
                JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new { Outcome = done }),
            GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
            GatewayAnswer.Silent silent => FailureAnswer.WriteAsync(context, silent),
            _ => throw new NotSupportedException(answer.GetType().Name),
        });
    }
}
