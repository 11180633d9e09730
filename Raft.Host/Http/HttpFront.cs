using Akka.Actor;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Raft.Actors.Protocol;
using Raft.Actors.Watching;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Raft.Host.Http;

/// <summary>Puts HTTP in front of one node.</summary>
internal static class HttpFront
{
    /// <summary>Room for a key of 1 MiB, each byte percent-encoded, and for the rest of the line.</summary>
    public const int MaxRequestLineBytes = (3 * KeyValue.KeyValueLimits.MaxKeyBytes) + (256 * 1024);

    // After a grace period, a client that takes an answer more slowly is cut off. It would hold the answer for hours.
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 4096, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>
    /// Larger than a value may be, so that the host itself refuses a body above the value's limit, with a reason. It reads
    /// and discards the excess, so that the client sees the reason and not a broken connection.
    /// </summary>
    public const int MaxRequestBodyBytes = 8 * 1024 * 1024;

    /// <summary>Builds the web application; it serves once it is started.</summary>
    /// <param name="system">The actor system, to reach the leader through.</param>
    /// <param name="raft">The actor that <see cref="Actors.Hosting.RaftExtension.Start"/> returned.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="feed">The changes of keys, for watchers.</param>
    public static WebApplication Build(ActorSystem system, IActorRef raft, HttpFrontSettings settings, ChangeFeed feed)
    {
        // Empty: no appsettings.json, no ASPNETCORE_ variables. All settings come from the HOCON files.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Logging.SetMinimumLevel(Microsoft.Extensions.Logging.LogLevel.Warning);

        // The host handles signals itself: it stops HTTP, the node and the actor system in that order.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        var budget = new MemoryBudget(settings.Limits.MaxMemory);
        builder.Services.AddSingleton(budget);
        builder.WebHost.UseKestrelCore()
            .UseSockets(static sockets => sockets.MaxReadBufferSize = HeadReader.ReadAheadBytes)
            .ConfigureKestrel(kestrel => Configure(kestrel, settings, budget));

        var application = builder.Build();
        var origins = new OriginCheck(settings.Names);
        application.Use((context, next) => WithMemoryAsync(context, next, budget));
        application.Use(AnswerErrorsAsync);
        application.Use(RouteKeys);
        application.Use((context, next) => RefuseForeign(context, next, origins));
        application.UseRouting();
        var gateway = new RaftGateway(system, raft, settings);
        var shares = new SessionShares(settings.Limits.MaxSessionsPerClient, settings.SessionTimeout, TimeProvider.System);
        new KeyValueEndpoints(gateway, settings, shares).Map(application);
        new MemberEndpoints(gateway, system, settings).Map(application);
        new SnapshotEndpoints(gateway, settings).Map(application);
        new EntryEndpoints(gateway, settings).Map(application);
        new SessionEndpoints(gateway, settings, shares).Map(application);
        var stopping = application.Lifetime.ApplicationStopping;
        new WatchEndpoint(feed, gateway, settings, LogOf(application.Services), stopping).Map(application);
        new StatusEndpoints(gateway, settings, ClusterMembers.Of(system)).Map(application);
        return application;
    }

    private static LimitedLog LogOf(IServiceProvider services) =>
        new(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HttpFront)));

    private static void Configure(KestrelServerOptions kestrel, HttpFrontSettings settings, MemoryBudget budget)
    {
        var gate = new ConnectionGate(settings.Limits.MaxConnections, budget, LogOf(kestrel.ApplicationServices));
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.MaxRequestBufferSize = MaxRequestLineBytes;
        kestrel.Limits.MinResponseDataRate = SlowestReader;
        kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        kestrel.ConfigureEndpointDefaults(listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => gate.ServeAsync(connection, next));
        });
        if (settings.Endpoint.Address is { } address)
        {
            kestrel.Listen(address, settings.Endpoint.Port);
        }
        else
        {
            kestrel.ListenAnyIP(settings.Endpoint.Port);
        }
    }

    /// <summary>
    /// Sends requests with a key to one route. Routing never sees the key, because its bytes need not be text and may look
    /// like another path.
    /// </summary>
    private static Task RouteKeys(HttpContext context, RequestDelegate next)
    {
        var raw = context.Features.GetRequired<IHttpRequestFeature>().RawTarget;
        var target = RequestTarget.Parse(raw);
        context.Features.Set(new RequestTargetFeature(raw, target));
        if (target.Key is not null)
        {
            context.Request.Path = KeyValueEndpoints.KeyRoute;
        }

        return next(context);
    }

    /// <summary>Counts the memory that a request holds, and releases it at the request's end.</summary>
    private static async Task WithMemoryAsync(HttpContext context, RequestDelegate next, MemoryBudget budget)
    {
        var memory = new RequestMemory(budget);
        context.Features.Set(memory);
        try
        {
            await next(context);
        }
        finally
        {
            memory.Release();
            context.Features.GetRequired<HeadReader>().Release();
        }
    }

    private static Task RefuseForeign(HttpContext context, RequestDelegate next, OriginCheck origins)
    {
        var headers = context.Request.Headers;
        var source = new RequestSource(
            context.Request.Method,
            context.Features.GetRequired<RequestTargetFeature>().Target.Path,
            headers.Host.ToString(),
            headers.Origin.Count == 0 ? null : headers.Origin.ToString(),
            headers["Sec-Fetch-Site"] is { Count: > 0 } site ? site.ToString() : null);
        return origins.Refusal(source) is { } reason
            ? throw new RequestRefusedException(StatusCodes.Status403Forbidden, reason)
            : next(context);
    }

    private static async Task AnswerErrorsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, ContentType: null, StatusCode: >= StatusCodes.Status400BadRequest })
            {
                await NoRouteAsync(context);
            }
        }
        catch (RequestRefusedException refused) when (!context.Response.HasStarted)
        {
            if (refused.Status == StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.RetryAfter = "1";
            }

            await JsonAnswer.ErrorAsync(context, refused.Status, refused.Message, Outcome.NotDone);
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            // Kestrel reports a body that is cut off or malformed. A body is read before anything is done.
            await JsonAnswer.ErrorAsync(context, bad.StatusCode, bad.Message, Outcome.NotDone);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception unexpected) when (!context.Response.HasStarted)
        {
            var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(HttpFront));
            logger.LogUnexpected(context.Request.Method, unexpected);
            var readsOnly = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
            await JsonAnswer.ErrorAsync(
                context,
                StatusCodes.Status500InternalServerError,
                $"the host failed: {unexpected.Message}",
                readsOnly ? Outcome.NotDone : Outcome.Unknown);
        }
    }

    private static Task NoRouteAsync(HttpContext context) => JsonAnswer.ErrorAsync(
        context,
        context.Response.StatusCode,
        context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
            ? $"{context.Request.Method} is not allowed here; allowed: {context.Response.Headers.Allow}"
            : "there is nothing here; try /kv/{key}, /kv, /watch, /sessions, /members, /snapshots/latest, /status, "
                + "/health/live or /health/ready",
        Outcome.NotDone);

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The HTTP front's log messages.</summary>
internal static partial class HttpFrontLog
{
    [LoggerMessage(Level = Microsoft.Extensions.Logging.LogLevel.Error, Message = "{Method} request failed unexpectedly")]
    public static partial void LogUnexpected(this ILogger logger, string method, Exception exception);
}
