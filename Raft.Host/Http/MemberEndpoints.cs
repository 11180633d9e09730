using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>The group's members, for operators: <c>/members</c>, <c>/members/{id}</c> and <c>/leader</c>.</summary>
internal sealed class MemberEndpoints(RaftGateway gateway, ActorSystem system, HttpFrontSettings settings)
{
    /// <summary>
    /// How long a change may take. The answer for a new voter comes when it has caught up, so this is longer than the
    /// default of raft.membership.catch-up-timeout.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/members", (RequestDelegate)ListAsync);
        routes.MapPut("/members/{id}", (RequestDelegate)(context => ChangeAsync(context, Add)));
        routes.MapDelete("/members/{id}", (RequestDelegate)(context => ChangeAsync(context, Remove)));
        routes.MapPost("/members/{id}/promote", (RequestDelegate)PromoteAsync);
        routes.MapPost("/members/{id}/demote", (RequestDelegate)(context => ChangeAsync(context, Demote)));
        routes.MapPost("/leader", (RequestDelegate)TransferAsync);
    }

    private static RequestTarget Target(HttpContext context) => context.Features.GetRequired<RequestTargetFeature>().Target;

    private static ServerId Id(HttpContext context) => Id((string?)context.Request.RouteValues["id"]);

    private static ServerId Id(string? text) => ServerId.IsValid(text)
        ? new ServerId(text)
        : throw Refused(
            $"'{RequestTarget.Shortened(text ?? string.Empty)}' is not a server id: "
            + $"use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");

    private static RequestRefusedException Refused(string reason) => new(StatusCodes.Status400BadRequest, reason);

    private static long Previous(RequestTarget target) => target.Parameter("previous") is not { } text ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index
        : throw Refused($"previous '{RequestTarget.Shortened(text)}' is not the index of a configuration");

    private static bool Force(RequestTarget target) => target.Parameter("force") switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw Refused($"force '{RequestTarget.Shortened(other)}' is unknown; use true or false"),
    };

    private static MembershipRequest Remove(HttpContext context)
    {
        var target = Target(context);
        target.Allow("previous", "force");
        return new RemoveServer(Id(context)) { PreviousIndex = Previous(target), Force = Force(target) };
    }

    private static MembershipRequest Demote(HttpContext context)
    {
        var target = Target(context);
        target.Allow("previous", "force");
        return new DemoteVoter(Id(context)) { PreviousIndex = Previous(target), Force = Force(target) };
    }

    private static object View(
        long index, Configuration configuration, bool isCommitted, ImmutableArray<MemberStatus> members) =>
        new
        {
            Index = index,
            Committed = isCommitted,
            configuration.StateMachineVersion,
            Servers = configuration.Servers.Select(server => new
            {
                Id = server.Id.Value,
                server.Address,
                Suffrage = server.Suffrage == Suffrage.Voter ? "voter" : "nonvoter",
                Announced = members.FirstOrDefault(member => member.ServerId == server.Id) is { } member ? View(member) : null,
            }),
        };

    private static object View(MemberStatus member) => new
    {
        member.Software,
        HighestEntryKind = member.Software is null ? (byte?)null : member.HighestEntryKind,
        StateMachineVersion = member.Software is null ? (int?)null : member.StateMachineVersion,
        LacksTypes = member.Software is null ? (int?)null : member.LacksTypes,
        LackedTypes = member.LackedTypes.IsEmpty ? null : member.LackedTypes.AsEnumerable(),
        member.NotServing,
        member.WaitsToVote,
    };

    private MembershipRequest Add(HttpContext context)
    {
        var target = Target(context);
        target.Allow("address", "suffrage", "previous", "force");
        var address = Uri.UnescapeDataString(
            target.Parameter("address")
            ?? throw Refused("the parameter 'address' is missing; give it as in ?address=10.0.0.4:4053"));
        if (!address.Contains("://", StringComparison.Ordinal))
        {
            // The addresses of a group's servers differ only in host and port.
            var own = system.GetAddress();
            address = $"{own.Protocol}://{own.System}@{address}";
        }

        return target.Parameter("suffrage") switch
        {
            null or "voter" => new AddVoter(Id(context), address) { PreviousIndex = Previous(target), Force = Force(target) },
            "nonvoter" => new AddNonvoter(Id(context), address) { PreviousIndex = Previous(target), Force = Force(target) },
            var other => throw Refused($"suffrage '{RequestTarget.Shortened(other)}' is unknown; use voter or nonvoter"),
        };
    }

    private async Task ListAsync(HttpContext context)
    {
        Target(context).Allow();
        var deadline = Deadline.After(settings.RequestTimeout);
        await AnswerAsync(context, await gateway.OwnAsync(new GetConfiguration(), deadline, context.RequestAborted));
    }

    private async Task ChangeAsync(HttpContext context, Func<HttpContext, MembershipRequest> make)
    {
        var change = make(context);
        await AnswerAsync(context, await gateway.AdministerAsync(change, Deadline.After(Patience), context.RequestAborted));
    }

    /// <summary>Adds the nonvoter as a voter at the address that it has.</summary>
    private async Task PromoteAsync(HttpContext context)
    {
        var target = Target(context);
        target.Allow("previous");
        var (id, previous) = (Id(context), Previous(target));
        var deadline = Deadline.After(Patience);
        var answer = await gateway.OwnAsync(new GetConfiguration(), deadline, context.RequestAborted);
        if (answer is not GatewayAnswer.Answered { Reply: ConfigurationInfo info })
        {
            await AnswerAsync(context, answer);
        }
        else if (info.Configuration.Find(id) is not { } server)
        {
            await JsonAnswer.ErrorAsync(
                context,
                StatusCodes.Status409Conflict,
                $"server {id} is not a member ({info.Configuration}); add it first",
                Outcome.NotDone);
        }
        else
        {
            var promote = new AddVoter(id, server.Address) { PreviousIndex = previous };
            await AnswerAsync(context, await gateway.AdministerAsync(promote, deadline, context.RequestAborted));
        }
    }

    private async Task TransferAsync(HttpContext context)
    {
        var target = Target(context);
        target.Allow("to");
        var transfer = new TransferLeadership(target.Parameter("to") is { } to ? Id(to) : default);
        var deadline = Deadline.After(settings.RequestTimeout);
        await AnswerAsync(context, await gateway.AdministerAsync(transfer, deadline, context.RequestAborted));
    }

    private Task AnswerAsync(HttpContext context, GatewayAnswer answer) => answer switch
    {
        GatewayAnswer.Answered { Reply: ConfigurationInfo info } =>
            DoneAsync(context, View(info.Index, info.Configuration, info.IsCommitted, info.Members)),
        GatewayAnswer.Answered { Reply: ConfigurationChanged changed } =>
            DoneAsync(context, View(changed.Index, changed.Configuration, isCommitted: true, [])),
        GatewayAnswer.Answered { Reply: LeadershipTransferred transferred } =>
            DoneAsync(context, new { Leader = transferred.LeaderId.Value, transferred.Term }),
        GatewayAnswer.Failed failed => FailureAnswer.WriteAsync(context, failed.Failure, settings),
        GatewayAnswer.Silent silent => FailureAnswer.WriteAsync(context, silent),
        _ => throw new NotSupportedException(answer.GetType().Name),
    };

    private static Task DoneAsync(HttpContext context, object body) =>
        JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, body);
}
