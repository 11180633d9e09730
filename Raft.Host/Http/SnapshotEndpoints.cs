using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary><c>POST /snapshots</c>: this node takes a snapshot now.</summary>
internal sealed class SnapshotEndpoints(RaftGateway gateway, HttpFrontSettings settings)
{
    /// <summary>A snapshot of a large state takes its time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/snapshots", (RequestDelegate)TakeAsync);

    private async Task TakeAsync(HttpContext context)
    {
        context.Features.GetRequired<RequestTargetFeature>().Target.Allow();
        var answer = await gateway.OwnAsync(new TakeSnapshot(), Deadline.After(Patience), context.RequestAborted);
        await (answer switch
        {
            GatewayAnswer.Answered { Reply: SnapshotTaken taken } =>
                JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new { taken.Index, taken.Term, taken.Size }),
            GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
            GatewayAnswer.Silent silent => JsonAnswer.ErrorAsync(
                context, silent.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status500InternalServerError, silent.Error, silent.Outcome),
            _ => throw new NotSupportedException(answer.GetType().Name),
        });
    }
}
