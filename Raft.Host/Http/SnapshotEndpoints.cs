using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>
/// Snapshots, for operators: <c>POST /snapshots</c> takes one, <c>GET /snapshots/latest</c> gives the latest as a file, and
/// <c>PUT /snapshots/latest</c> restores one into the group.
/// </summary>
internal sealed class SnapshotEndpoints(RaftGateway gateway, HttpFrontSettings settings)
{
    /// <summary>How long a snapshot may take, because the state may be large.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // Long enough for an election during a step. The last step reads the whole state and has Patience.
    private static readonly TimeSpan StepPatience = TimeSpan.FromSeconds(30);

    // A group that has just begun is raised to its version within moments.
    private static readonly TimeSpan RaisePatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/snapshots", (RequestDelegate)TakeAsync);
        routes.MapGet("/snapshots/latest", (RequestDelegate)ExportAsync);
        routes.MapPut("/snapshots/latest", (RequestDelegate)ImportAsync);
    }

    private static RequestTarget Target(HttpContext context) => context.Features.GetRequired<RequestTargetFeature>().Target;

    private async Task TakeAsync(HttpContext context)
    {
        Target(context).Allow();
        await AnswerAsync(context, await gateway.OwnAsync(new TakeSnapshot(), Deadline.After(Patience), context.RequestAborted));
    }

    /// <summary>
    /// Sends the file piece by piece. A failure after the first piece cuts the connection, so that half a file does not look
    /// whole.
    /// </summary>
    private async Task ExportAsync(HttpContext context)
    {
        Target(context).Allow();
        var answer = await PieceAsync(context, 0, 0);
        if (answer is not GatewayAnswer.Answered { Reply: SnapshotPiece piece })
        {
            await AnswerAsync(context, answer);
            return;
        }

        // One piece is sent while the next is read.
        context.Features.GetRequired<RequestMemory>().Hold(2L * piece.Bytes.Length);
        var head = SnapshotFile.Head(new SnapshotFileHead(settings.Group, piece.Content));
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = head.Length + piece.Content.Bytes;
        context.Response.Headers.ContentDisposition = string.Create(
            CultureInfo.InvariantCulture, $"attachment; filename=\"{settings.Group}-{piece.Content.Index}.raftsnap\"");
        await context.Response.Body.WriteAsync(head, context.RequestAborted);
        while (true)
        {
            await context.Response.Body.WriteAsync(piece.Bytes, context.RequestAborted);
            var next = piece.Offset + piece.Bytes.Length;
            if (next == piece.Content.Bytes)
            {
                return;
            }

            var more = await PieceAsync(context, piece.Number, next);
            if (more is not GatewayAnswer.Answered { Reply: SnapshotPiece { Bytes.IsEmpty: false } following })
            {
                context.Abort();
                return;
            }

            piece = following;
        }
    }

    private Task<GatewayAnswer> PieceAsync(HttpContext context, long number, long offset) =>
        gateway.OwnAsync(new ReadSnapshot(number, offset), Deadline.After(settings.RequestTimeout), context.RequestAborted);

    private async Task ImportAsync(HttpContext context)
    {
        var target = Target(context);
        target.Allow("from");
        var expected = target.Parameter("from") ?? settings.Group;
        if (!ServerId.IsValid(expected))
        {
            throw Refused($"from '{RequestTarget.Shortened(expected)}' is not the name of a group");
        }

        // A file may be as large as a state, but is never held as a whole: Kestrel reads ahead only this much.
        context.Features.GetRequired<RequestMemory>().Hold(HttpFront.MaxRequestLineBytes);
        context.Features.GetRequired<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        var (body, aborted) = (context.Request.Body, context.RequestAborted);
        var head = await HeadAsync(body, aborted);
        if (head.Group != expected)
        {
            throw Refused(target.Parameter("from") is null
                ? $"the snapshot is of group '{head.Group}', but this is '{settings.Group}'; "
                    + $"if you mean it, say ?from={head.Group}"
                : $"the snapshot is of group '{head.Group}', not of '{expected}', as 'from' says");
        }

        var content = head.Content;
        if (target.Parameter("from") is null && await ForeignIdentityAsync(content, aborted) is { } own)
        {
            throw Refused(
                $"the snapshot is of another group of the name '{head.Group}' (identity {content.Configuration.Identity}; "
                + $"this group's is {own}); if you mean it, say ?from={head.Group}");
        }

        await CheckVersionAsync(content, aborted);
        await AnswerAsync(context, await SendAsync(body, content, aborted));
    }

    /// <summary>
    /// Refuses a state of a later version than the group's. Some servers may not read its form, and would stop at it.
    /// </summary>
    private async Task CheckVersionAsync(SnapshotDescriptor content, CancellationToken aborted)
    {
        var needed = content.Configuration.StateMachineVersion;
        var deadline = Deadline.After(RaisePatience);
        while (needed > 0)
        {
            var (status, silence) = await gateway.StatusAsync(deadline.AtMost(settings.RequestTimeout), aborted);
            if (status?.Configuration.StateMachineVersion >= needed)
            {
                return;
            }

            if (deadline.Remaining <= Pause)
            {
                throw new RequestRefusedException(StatusCodes.Status409Conflict, status is null ? silence! :
                    $"the snapshot's state is of version {needed}, "
                    + $"but this group is at version {status.Configuration.StateMachineVersion}: "
                    + "run software that supports it on all servers (see /members at the leader)");
            }

            await Task.Delay(Pause, aborted);
        }
    }

    /// <summary>This group's identity, if the snapshot has another; null if it is the same, or one of the two has none.</summary>
    private async Task<GroupIdentity?> ForeignIdentityAsync(SnapshotDescriptor content, CancellationToken aborted)
    {
        var theirs = content.Configuration.Identity;
        if (theirs.IsNone)
        {
            return null;
        }

        var (status, _) = await gateway.StatusAsync(Deadline.After(settings.RequestTimeout), aborted);
        return status is { Identity: { IsNone: false } own } && own != theirs ? own : null;
    }

    private async Task<GatewayAnswer> SendAsync(Stream body, SnapshotDescriptor content, CancellationToken aborted)
    {
        try
        {
            return await SnapshotUpload.SendAsync(
                body,
                content.Bytes,
                content.Checksum,
                SendAsync,
                static answer => (answer as GatewayAnswer.Answered)?.Reply,
                aborted);
        }
        catch (EndOfStreamException)
        {
            throw Refused($"the snapshot file is cut off: it should have {content.Bytes} bytes of content");
        }
        catch (RaftRequestException outOfStep)
        {
            return new GatewayAnswer.Silent(outOfStep.Message, outOfStep.Outcome, TimedOut: false);
        }

        async Task<GatewayAnswer> SendAsync(IRaftRequest step)
        {
            if (step is not CompleteRestore)
            {
                return await StepAsync(step, StepPatience, aborted);
            }

            return await body.ReadAsync(new byte[1], aborted) == 0
                ? await StepAsync(step, Patience, aborted)
                : throw Refused("the snapshot file is followed by something else; send the file alone");
        }
    }

    /// <summary>
    /// Repeats a step, which is safe, until it is answered or the time is over. If its outcome was unknown once, it stays
    /// unknown unless an answer settles it.
    /// </summary>
    private async Task<GatewayAnswer> StepAsync(IRaftRequest step, TimeSpan patience, CancellationToken aborted)
    {
        var deadline = Deadline.After(patience);
        var completes = step is CompleteRestore;
        var mayBeDone = false;
        while (true)
        {
            var stepDeadline = completes ? deadline : deadline.AtMost(settings.RequestTimeout);
            var answer = await gateway.AdministerAsync(step, stepDeadline, aborted);
            mayBeDone |= completes
                && answer is GatewayAnswer.Failed { Failure.Outcome: Outcome.Unknown }
                    or GatewayAnswer.Silent { Outcome: Outcome.Unknown };
            var isFinal = answer is GatewayAnswer.Answered
                    or GatewayAnswer.Failed { Failure: RestoreRefused or TooLarge or InvalidRequest }
                || (settings.WritesOnFollower == WritesOnFollower.Redirect
                    && answer is GatewayAnswer.Failed { Failure: NotLeader }
                    && step is BeginRestore);
            if (isFinal || deadline.Remaining <= Pause)
            {
                return answer switch
                {
                    GatewayAnswer.Failed { Failure: not RestoreRefused { Outcome: Outcome.NotDone } } failed when mayBeDone =>
                        new GatewayAnswer.Silent(
                            $"it is not known whether the snapshot was restored: {failed.Failure.Message}",
                            Outcome.Unknown,
                            TimedOut: true),
                    GatewayAnswer.Silent silent when !completes => silent with { Outcome = Outcome.NotDone },
                    _ => answer,
                };
            }

            await Task.Delay(Pause, aborted);
        }
    }

    private static async Task<SnapshotFileHead> HeadAsync(Stream body, CancellationToken aborted)
    {
        try
        {
            return await SnapshotFile.ReadHeadAsync(body, aborted);
        }
        catch (InvalidDataException wrong)
        {
            throw Refused(wrong.Message);
        }
    }

    private static RequestRefusedException Refused(string reason) => new(StatusCodes.Status400BadRequest, reason);

    private Task AnswerAsync(HttpContext context, GatewayAnswer answer) => answer switch
    {
        GatewayAnswer.Answered { Reply: SnapshotTaken taken } =>
            JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new { taken.Index, taken.Term, taken.Size }),
        GatewayAnswer.Answered { Reply: SnapshotRestored restored } =>
            JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new { restored.Index, restored.Term, restored.Size }),
        GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
        GatewayAnswer.Silent silent => FailureAnswer.WriteAsync(context, silent),
        _ => throw new NotSupportedException(answer.GetType().Name),
    };
}
