using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Actors.Watching;
using Raft.Host.Hosting;
using Raft.Host.Http;
using Raft.Host.KeyValue;

namespace Raft.Tests.Host;

/// <summary>An HTTP front on a free port, before a fake raft actor or before a state machine without Raft.</summary>
internal sealed class HttpFrontFixture : IAsyncDisposable
{
    private static readonly Config Quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");

    private readonly ActorSystem _system;
    private readonly IActorRef _raft;
    private readonly WebApplication _front;

    private HttpFrontFixture(ActorSystem system, IActorRef raft, WebApplication front)
    {
        _system = system;
        _raft = raft;
        _front = front;
        var address = front.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
    }

    public HttpClient Client { get; }

    /// <summary>What large requests and answers hold.</summary>
    public MemoryBudget Memory => _front.Services.GetRequiredService<MemoryBudget>();

    public static RaftStatus Status => new(
        "kv", new ServerId("n1"), RaftRole.Follower, 3, default, new ServerId("n2"), "akka.tcp://raft@127.0.0.1:4054", 7, 7, 1, 8,
        3, 8,
        new Configuration([new Server(new ServerId("n1"), "akka.tcp://raft@127.0.0.1:4053")]), 0, TimeSpan.FromMilliseconds(12),
        ImmutableArray<FollowerStatus>.Empty);

    public static Task<HttpFrontFixture> StartAsync(Func<IRaftRequest, object?> answer) =>
        StartAsync(answer, static settings => settings);

    public static async Task<HttpFrontFixture> StartAsync(
        Func<IRaftRequest, object?> answer,
        Func<HttpFrontSettings, HttpFrontSettings> change,
        Func<IRaftRequest, object?>? leader = null,
        ChangeFeed? feed = null)
    {
        var system = ActorSystem.Create("http", Quiet);
        var raft = system.ActorOf(Props.Create(() => new FakeRaft(answer)), "own");
        if (leader is not null)
        {
            system.ActorOf(Props.Create(() => new FakeRaft(leader)), "raft-kv");
        }

        var settings = new HttpFrontSettings
        {
            Endpoint = new HttpEndpoint(IPAddress.Loopback, 0),
            Group = "kv",
            RequestTimeout = TimeSpan.FromSeconds(5),
        };
        var front = HttpFront.Build(system, raft, change(settings), feed ?? new ChangeFeed(1 << 20));
        await front.StartAsync();
        return new HttpFrontFixture(system, raft, front);
    }

    /// <summary>A front before a real state machine that applies each command at once.</summary>
    public static Task<HttpFrontFixture> StartWithStateMachineAsync() => StartWithStateMachineAsync(static settings => settings);

    /// <summary>The same, set in another way.</summary>
    public static Task<HttpFrontFixture> StartWithStateMachineAsync(
        Func<HttpFrontSettings, HttpFrontSettings> change, ChangeFeed? feed = null)
    {
        var machine = new KeyValueStateMachine();
        var index = 0L;
        return StartAsync(request =>
        {
            switch (request)
            {
                case Apply { Command: byte[] bytes }:
                    index++;
                    return new Applied(index, 1, machine.Apply(new Command(index, 1, bytes, null, default, 0)));
                case Read read:
                    return new ReadResult(index, machine.Query(read.Query));
                case GetStatus:
                    return Status;
                default:
                    return null;
            }
        }, change, feed: feed);
    }

    /// <summary>A connection of its own, for what no client would send.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Ends the raft actor, as a shutdown does before HTTP has drained.</summary>
    public Task StopRaftAsync() => _raft.GracefulStop(TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _front.StopAsync();
        await _front.DisposeAsync();
        await _system.Terminate();
    }
}
