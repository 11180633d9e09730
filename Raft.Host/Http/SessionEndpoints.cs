using System.Globalization;
using Raft.Actors.Protocol;
using Raft.Actors.Sessions;

namespace Raft.Host.Http;

/// <summary>
/// Client sessions: <c>POST /sessions</c> begins one, <c>PUT /sessions/{id}</c> keeps it alive, <c>DELETE /sessions/{id}</c> ends it. A write that
/// names a session and its number there is applied once, however often and to whichever server it is sent.
/// </summary>
internal sealed class SessionEndpoints(RaftGateway gateway, HttpFrontSettings settings)
{
    /// <summary>The header of a write with its session.</summary>
    public const string SessionHeader = "X-Raft-Session";

    /// <summary>The header of a write with its number in the session, from 1 on.</summary>
    public const string SequenceHeader = "X-Raft-Sequence";

    /// <summary>
    /// The header with the lowest number whose answer the client still waits for. Without it a write's own: the client has one write under way at a time.
    /// </summary>
    public const string LowestHeader = "X-Raft-Lowest-Unanswered";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sessions", (RequestDelegate)(context => AskAsync(context, new RegisterSession())));
        routes.MapPut("/sessions/{id}", (RequestDelegate)(context =>
            AskAsync(context, new KeepSessionAlive(Id(context), Number(context.Request.Headers, LowestHeader) ?? 1))));
        routes.MapDelete("/sessions/{id}", (RequestDelegate)(context => AskAsync(context, new CloseSession(Id(context)))));
    }

    /// <summary>The session that a write names; null where it names none.</summary>
    /// <exception cref="RequestRefusedException">It names half of one, or what is no number.</exception>
    public static CommandSession? Read(IHeaderDictionary headers)
    {
        var (session, sequence, lowest) = (Number(headers, SessionHeader), Number(headers, SequenceHeader), Number(headers, LowestHeader));
        return (session, sequence) switch
        {
            ({ } id, { } number) => new CommandSession(id, number, lowest ?? number),
            (null, null) when lowest is null => null,
            _ => throw Refused($"a write in a session names both {SessionHeader} and {SequenceHeader}"),
        };
    }

    private static long? Number(IHeaderDictionary headers, string name) => headers[name] switch
    {
        [] => null,
        [{ } text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        var other => throw Refused($"{name}: {RequestTarget.Shortened(other.ToString())} is not a number from 1 on"),
    };

    private static long Id(HttpContext context) =>
        (string?)context.Request.RouteValues["id"] is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw Refused("a session's id is a number from 1 on");

    private static RequestRefusedException Refused(string reason) => new(StatusCodes.Status400BadRequest, reason);

    private async Task AskAsync(HttpContext context, IRaftRequest request)
    {
        context.Features.GetRequired<RequestTargetFeature>().Target.Allow();
        var answer = await gateway.AdministerAsync(request, Deadline.After(settings.RequestTimeout), context.RequestAborted);
        var done = JsonAnswer.Text(Outcome.Done);
        await (answer switch
        {
            GatewayAnswer.Answered { Reply: SessionRegistered registered } => JsonAnswer.WriteAsync(
                context, StatusCodes.Status201Created, new { Outcome = done, Session = registered.SessionId, TimeoutMs = (long)registered.Timeout.TotalMilliseconds }),
            GatewayAnswer.Answered { Reply: SessionKeptAlive or SessionClosed } => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new { Outcome = done }),
            GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
            GatewayAnswer.Silent silent => JsonAnswer.ErrorAsync(
                context, silent.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status500InternalServerError, silent.Error, silent.Outcome),
            _ => throw new NotSupportedException(answer.GetType().Name),
        });
    }
}
