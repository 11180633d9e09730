using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary><c>/status</c>, <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal sealed class StatusEndpoints(RaftGateway gateway, HttpFrontSettings settings, ClusterMembers? cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", (RequestDelegate)StatusAsync);
        routes.MapGet("/health/live", (RequestDelegate)LiveAsync);
        routes.MapGet("/health/ready", (RequestDelegate)ReadyAsync);
    }

    private static double? Milliseconds(TimeSpan? span) => span is { } value ? Math.Round(value.TotalMilliseconds, 1) : null;

    private static string? Id(Actors.Model.ServerId id) => id.IsNone ? null : id.Value;

    private static string Name<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    /// <summary>
    /// Whether the server is in the configuration that it knows. A server that waits to be added knows none, or one without
    /// itself.
    /// </summary>
    private static bool IsMember(RaftStatus status) => status.Configuration.Contains(status.ServerId);

    private Task<(RaftStatus? Status, string? Reason)> AskAsync(HttpContext context) =>
        gateway.StatusAsync(Deadline.After(settings.RequestTimeout).AtMost(Patience), context.RequestAborted);

    /// <summary>
    /// Whether this process should go on. It should not if only a restart can help. Quorum, disk and load do not matter.
    /// </summary>
    private async Task LiveAsync(HttpContext context)
    {
        var deadline = Deadline.After(settings.RequestTimeout).AtMost(Patience);
        var reason = await gateway.WhyDeadAsync(deadline, context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context,
            reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new { Live = reason is null, Reason = reason });
    }

    private async Task ReadyAsync(HttpContext context)
    {
        var (status, silence) = await AskAsync(context);
        var reason = status switch
        {
            null => silence,
            { Role: RaftRole.Recovering } => "the node is still reading its journal",
            { NotServing: { } state } => $"the node serves nobody: {state}",
            { LeaderId.IsNone: true } when !IsMember(status) =>
                $"server {status.ServerId} is not in the group's configuration: it was removed, or is not added yet",
            { LeaderId.IsNone: true } => "the node knows no leader",
            _ => null,
        };
        await JsonAnswer.WriteAsync(
            context,
            reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new { Ready = reason is null, Reason = reason, Leader = status is null ? null : Id(status.LeaderId) });
    }

    private async Task StatusAsync(HttpContext context)
    {
        var (status, silence) = await AskAsync(context);
        if (status is null)
        {
            await JsonAnswer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, silence!, Outcome.NotDone);
            return;
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new
        {
            status.Group,
            Identity = status.Identity.IsNone ? null : status.Identity.ToString(),
            Journal = status.Journal.IsNone ? null : status.Journal.ToString(),
            ServerId = status.ServerId.Value,
            Role = Name(status.Role),
            IsMember = IsMember(status),
            status.Term,
            VotedFor = Id(status.VotedFor),
            Leader = Id(status.LeaderId),
            status.LeaderAddress,
            LastLeaderContactMs = Milliseconds(status.LastLeaderContact),
            status.CommitIndex,
            status.LastApplied,
            status.DurableIndex,
            status.FirstLogIndex,
            status.LastLogIndex,
            status.LastLogTerm,
            status.InFlight,
            Snapshot = status.Snapshot.Index == 0
                ? null
                : new { status.Snapshot.Index, status.Snapshot.Term, status.Snapshot.Size },
            status.NotServing,
            status.Software,
            status.Configuration.StateMachineVersion,
            Restore = status.Restore is { } restore ? new { restore.RestoreId, restore.BytesTaken, restore.Bytes } : null,
            StateMachineFailure = status.Failure is { } failure ? new { failure.Index, failure.Term, failure.Reason } : null,
            Servers = status.Configuration.Servers.Select(static server => new
            {
                Id = server.Id.Value,
                server.Address,
                Suffrage = Name(server.Suffrage),
                Journal = server.Journal.IsNone ? null : server.Journal.ToString(),
            }),
            Followers = status.Followers.IsDefaultOrEmpty ? null : status.Followers.Select(static follower => new
            {
                Id = follower.ServerId.Value,
                State = Name(follower.State),
                follower.MatchIndex,
                follower.NextIndex,
                LastContactMs = Milliseconds(follower.LastContact),
                follower.Software,
                follower.LacksTypes,
                Snapshot = follower.Transfer is { } transfer
                    ? new { transfer.Index, transfer.BytesSent, transfer.Bytes, transfer.Percent }
                    : null,
            }),
            Cluster = cluster?.View(),
        });
    }
}
