using System.Net;
using Akka;
using Akka.Actor;
using Raft.Actors.Hosting;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Watching;
using Raft.Host.Hosting;
using Raft.Host.Http;
using Raft.Host.KeyValue;

namespace Raft.Host.Running;

/// <summary>One server of the group in this process: its actor system, its node, and HTTP in front of it.</summary>
internal sealed class RunningNode
{
    private readonly NodeConfiguration _configuration;
    private readonly IActorRef _raft;
    private readonly CoordinatedShutdown _shutdown;

    private RunningNode(NodeConfiguration configuration, ActorSystem system, IActorRef raft)
    {
        _configuration = configuration;
        System = system;
        _raft = raft;
        _shutdown = CoordinatedShutdown.Get(system);
    }

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>One line that says what runs where.</summary>
    public string Description =>
        $"{_configuration.Raft.ServerId}: {_configuration.Host.Http}, {System.GetAddress()}, group {_configuration.Raft.Group}";

    /// <summary>Completes when the actor system has ended, for any reason.</summary>
    public Task Ended => System.WhenTerminated;

    /// <summary>One line that says why the actor system ended unasked.</summary>
    public string WhyEnded =>
        $"{_configuration.Raft.ServerId}: the actor system has shut itself down, because of "
        + (_shutdown.ShutdownReason is { } reason ? $"{reason.GetType().Name} ({reason})" : "a call of ActorSystem.Terminate");

    /// <summary>Starts everything, or leaves nothing behind.</summary>
    /// <exception cref="HostStartException">It cannot start; the message is one line.</exception>
    public static async Task<RunningNode> StartAsync(NodeConfiguration configuration)
    {
        RequireFreePorts(configuration);
        RaftRemoting.RequireCertificate(configuration.System);
        using var storage = new Ownership<NodeStorage>(NodeStorage.Open(configuration));
        var system = CreateSystem(configuration, storage.Value);
        storage.Value.ReleaseWith(system);
        storage.HandOver();
        try
        {
            var feed = new ChangeFeed(storage.Value.Settings.Watch.MaxBytes);
            var raft = RaftExtension.Get(system).Start(storage.Value.Settings, () => new KeyValueStateMachine(feed), feed);
            var front = HttpFront.Build(system, raft, HttpFrontSettings.Create(configuration), feed);
            try
            {
                await front.StartAsync();
            }
            catch (IOException refused)
            {
                throw new HostStartException(
                    $"HTTP cannot be served at {configuration.Host.Http} (host.http-url): {refused.Message}", refused);
            }

            CoordinatedShutdown.Get(system).AddTask(
                CoordinatedShutdown.PhaseServiceUnbind,
                "stop-http",
                () => StopFrontAsync(front, configuration.Host.ShutdownTimeout));
            return new RunningNode(configuration, system, raft);
        }
        catch
        {
            await system.Terminate();
            throw;
        }
    }

    /// <summary>Whether the node runs and knows a leader.</summary>
    public async Task<bool> KnowsLeaderAsync()
    {
        try
        {
            return await _raft.Ask<object>(new GetStatus(), TimeSpan.FromSeconds(1)) is RaftStatus { LeaderId.IsNone: false };
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Stops in an order that leaves no client waiting: the node answers what it has in flight (a task of the library in an
    /// earlier phase), HTTP passes these answers on, and then the actor system ends.
    /// </summary>
    public Task StopAsync() => _shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance);

    /// <summary>Tries all ports of several nodes before the first of them starts.</summary>
    /// <exception cref="HostStartException">One is in use; the message names it.</exception>
    public static void RequireFreePorts(params ReadOnlySpan<NodeConfiguration> configurations)
    {
        foreach (var configuration in configurations)
        {
            var http = configuration.Host.Http;
            PortCheck.RequireFree(
                configuration.RemoteHost, configuration.RemotePort, "akka.remote.dot-netty.tcp.port, RAFT_PORT");
            PortCheck.RequireFree(http.Address ?? IPAddress.IPv6Any, http.Port, "host.http-url, RAFT_HTTP_PORT");
        }
    }

    private static async Task<Done> StopFrontAsync(WebApplication front, TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout);
        try
        {
            await front.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Some requests did not end in time; disposing cuts them off.
        }

        await front.DisposeAsync();
        return Done.Instance;
    }

    private static ActorSystem CreateSystem(NodeConfiguration configuration, NodeStorage storage)
    {
        try
        {
            return ActorSystem.Create(
                configuration.Host.SystemName, storage.Apply(BootstrapSetup.Create().WithConfig(configuration.System)));
        }
        catch (Exception failure) when (failure is not HostStartException)
        {
            throw new HostStartException(
                $"the actor system at {configuration.RemoteHost}:{configuration.RemotePort} cannot start: {Reason(failure)}",
                failure);
        }
    }

    // An exception of ours names the setting. The exceptions inside it say only how it was found.
    private static string Reason(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is RaftConfigurationException)
            {
                return inner.Message;
            }
        }

        return failure.GetBaseException().Message;
    }

    /// <summary>Disposes its value, unless it was handed over.</summary>
    private sealed class Ownership<T>(T value) : IDisposable
        where T : IDisposable
    {
        private bool _handedOver;

        public T Value => value;

        public void HandOver() => _handedOver = true;

        public void Dispose()
        {
            if (!_handedOver)
            {
                value.Dispose();
            }
        }
    }
}
