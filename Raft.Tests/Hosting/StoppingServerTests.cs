using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Client;
using Raft.Actors.Hosting;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Hosting;

/// <summary>An application of three processes, of which one stops as it does on SIGTERM, under load.</summary>
public sealed class StoppingServerTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Size = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // As long as an application may take for its own part of the end.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(4);

    private readonly List<ActorSystem> _systems = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.WhenAll(_systems.Select(static system => system.Terminate()));

    /// <summary>
    /// A client that takes the stopping server for the leader is told at once that it stops, for as long as its system lives.
    /// From an actor that is gone it heard nothing for the two seconds that a server may be slow.
    /// </summary>
    [Fact]
    public async Task Clients_of_the_others_do_not_wait_for_a_leader_that_stops()
    {
        var ports = HostCluster.FreePorts(Size);
        for (var number = 1; number <= Size; number++)
        {
            _systems.Add(Start(number, ports));
        }

        var clients = _systems.Select(system => RaftClient.Start(system, new RaftClientSettings
        {
            Group = "g",
            Contacts = [.. ports.Select(static port => $"akka.tcp://raft@127.0.0.1:{port}")],
        })).ToArray();
        foreach (var client in clients)
        {
            await client.ApplyAsync("first"u8.ToArray(), Patience);
        }

        var leader = await LeaderAsync();
        using var end = new CancellationTokenSource();
        var loads = Enumerable.Range(0, Size).Where(number => number != leader)
            .Select(number => LongestGapAsync(clients[number], end.Token)).ToArray();
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        CoordinatedShutdown.Get(_systems[leader]).AddTask(CoordinatedShutdown.PhaseServiceStop, "drain", async () =>
        {
            await Task.Delay(Drain);
            return Akka.Done.Instance;
        });
        await CoordinatedShutdown.Get(_systems[leader]).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await end.CancelAsync();
        foreach (var (longest, answers) in await Task.WhenAll(loads))
        {
            output.WriteLine($"{answers} answers, the longest gap {longest.TotalMilliseconds:0} ms");
            Assert.True(longest < TimeSpan.FromMilliseconds(1500), $"a client waited for {longest}");
        }
    }

    private static async Task<(TimeSpan Longest, int Answers)> LongestGapAsync(RaftClient client, CancellationToken end)
    {
        var (longest, answers, last) = (TimeSpan.Zero, 0, Stopwatch.GetTimestamp());
        while (!end.IsCancellationRequested)
        {
            await client.ApplyAsync("c"u8.ToArray(), Patience, CancellationToken.None);
            answers++;
            longest = Stopwatch.GetElapsedTime(last) is var gap && gap > longest ? gap : longest;
            last = Stopwatch.GetTimestamp();
        }

        return (longest, answers);
    }

    private async Task<int> LeaderAsync()
    {
        for (var deadline = DateTime.UtcNow + Patience; DateTime.UtcNow < deadline; await Task.Delay(20))
        {
            for (var number = 0; number < Size; number++)
            {
                var raft = _systems[number].ActorSelection("/user/raft-g");
                if (await raft.Ask<object>(new VerifyLeader(), Patience) is LeaderVerified)
                {
                    return number;
                }
            }
        }

        throw new InvalidOperationException("nobody leads");
    }

    private static ActorSystem Start(int number, int[] ports)
    {
        var servers = string.Join(", ", Enumerable.Range(1, Size).Select(
            other => $$"""{ id = n{{other}}, address = "akka.tcp://raft@127.0.0.1:{{ports[other - 1]}}" }"""));
        var config = ConfigurationFactory.ParseString($$"""
            raft {
              group = g
              server-id = n{{number}}
              servers = [{{servers}}]
              journal.plugin = "akka.persistence.journal.inmem"
              snapshots.plugin = none
            }
            akka {
              loglevel = INFO
              stdout-loglevel = OFF
              actor.provider = remote
              coordinated-shutdown.phases.service-stop.timeout = 10s
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{ports[number - 1]}} }
            }
            """).WithFallback(RaftRemoting.Defaults);
        var system = ActorSystem.Create("raft", config);
        RaftExtension.Get(system).Start(RaftSettings.Create(config), static () => new RecordingStateMachine([]));
        return system;
    }
}
