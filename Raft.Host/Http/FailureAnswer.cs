using System.Globalization;
using Raft.Actors.Protocol;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>
/// Turns a failure into an HTTP answer. 503: the client may send the request again. 500 or 504: it must not do so blindly.
/// </summary>
internal static class FailureAnswer
{
    private static readonly TimeSpan AfterAnElection = TimeSpan.FromSeconds(1);

    /// <summary>The status of a failure.</summary>
    public static int Status(RaftFailure failure) => failure switch
    {
        TooLarge => StatusCodes.Status413PayloadTooLarge,
        InvalidRequest => StatusCodes.Status400BadRequest,
        // The thing asked for no longer exists. Asking again would not bring it back, whatever became of the command.
        ChangesForgotten or SessionExpired or AnswerNotKept => StatusCodes.Status410Gone,
        SnapshotNotFound => StatusCodes.Status404NotFound,
        ConfigurationRefused or SettingsRefused or SnapshotNotTaken or SkipRefused or CommandSkipped
            or RestoreRefused { Outcome: Outcome.NotDone }
            or LeadershipTransferFailed { Outcome: Outcome.NotDone } => StatusCodes.Status409Conflict,
        StateMachineFailed or WrongResultType => StatusCodes.Status500InternalServerError,
        StorageFailed { Outcome: Outcome.Unknown } => StatusCodes.Status500InternalServerError,
        { Outcome: Outcome.Unknown } => StatusCodes.Status504GatewayTimeout,
        { Outcome: Outcome.NotDone } => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>When the client should try again; null if it should not.</summary>
    public static TimeSpan? RetryAfter(RaftFailure failure) => failure switch
    {
        Overloaded overloaded => overloaded.RetryAfter,
        _ when Status(failure) == StatusCodes.Status503ServiceUnavailable => AfterAnElection,
        _ => null,
    };

    public static Task WriteAsync(HttpContext context, RaftFailure failure, HttpFrontSettings settings)
    {
        var leader = failure is NotLeader { LeaderId.IsNone: false } notLeader ? notLeader.LeaderId.Value : null;
        if (leader is not null && settings.WritesOnFollower == WritesOnFollower.Redirect)
        {
            return RedirectAsync(context, leader, failure, settings);
        }

        return ErrorAsync(context, failure, failure.Message, leader);
    }

    /// <summary>Answers a request to which Raft gave no usable answer: 504 if the time was over, otherwise 500.</summary>
    public static Task WriteAsync(HttpContext context, GatewayAnswer.Silent silent) => JsonAnswer.ErrorAsync(
        context,
        silent.TimedOut ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status500InternalServerError,
        silent.Error,
        silent.Outcome);

    private static Task RedirectAsync(HttpContext context, string leader, RaftFailure failure, HttpFrontSettings settings)
    {
        if (!settings.HttpAddresses.TryGetValue(leader, out var address))
        {
            var reason = $"the leader is {leader}, but this node does not know its HTTP address; "
                + $"set host.http-addresses.{leader}";
            return ErrorAsync(context, failure, reason, leader);
        }

        // The target is sent back as it was received: it is encoded already.
        var target = context.Features.GetRequired<RequestTargetFeature>().Raw;
        context.Response.Headers.Location = address.GetLeftPart(UriPartial.Authority) + target;
        return JsonAnswer.WriteAsync(
            context,
            StatusCodes.Status307TemporaryRedirect,
            new ErrorBody($"this node is not the leader; send to {leader} at {address}", JsonAnswer.Text(failure.Outcome))
            {
                Leader = leader,
            });
    }

    private static Task ErrorAsync(HttpContext context, RaftFailure failure, string message, string? leader)
    {
        if (RetryAfter(failure) is { } wait)
        {
            // Retry-After counts whole seconds.
            var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = new ErrorBody(message, JsonAnswer.Text(failure.Outcome)) { Leader = leader, Permanent = failure.IsPermanent };
        return JsonAnswer.WriteAsync(context, Status(failure), body);
    }
}
