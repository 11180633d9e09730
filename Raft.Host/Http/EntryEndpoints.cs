using System.Globalization;
using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>Entries of the log, for operators: <c>POST /entries/{index}/skip?term=TERM</c> has the group skip an entry.</summary>
internal sealed class EntryEndpoints(RaftGateway gateway, HttpFrontSettings settings)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/entries/{index}/skip", (RequestDelegate)SkipAsync);

    private static long Number(string? text, string what) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new RequestRefusedException(
                StatusCodes.Status400BadRequest, $"{what} must be a number, 1 or more; /status names it");

    private async Task SkipAsync(HttpContext context)
    {
        var target = context.Features.GetRequired<RequestTargetFeature>().Target;
        target.Allow("term");
        var skip = new SkipEntry(
            Number((string?)context.Request.RouteValues["index"], "the index of an entry"),
            Number(target.Parameter("term"), "the parameter 'term'"));
        await (await gateway.AdministerAsync(skip, Deadline.After(settings.RequestTimeout), context.RequestAborted) switch
        {
            GatewayAnswer.Answered { Reply: EntrySkipped skipped } =>
                JsonAnswer.WriteAsync(
                    context, StatusCodes.Status200OK, new { Skipped = skipped.Index, skipped.Term, skipped.At }),
            GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
            GatewayAnswer.Silent silent => FailureAnswer.WriteAsync(context, silent),
            var other => throw new NotSupportedException(other.GetType().Name),
        });
    }
}
