using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Raft.Actors;
using Raft.Actors.Client;
using Raft.Actors.Protocol;
using Raft.Tests.Documentation;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>A host that is not of the group, beside one that is.</summary>
public sealed class HostedClientTests
{
    private const string Remoting = """
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.loglevel = WARNING
        """;

    [Fact]
    public async Task A_worker_outside_the_group_reaches_it_by_WithRaftClient()
    {
        using var directory = new TemporaryDirectory();
        using var server = Build(akka => akka.WithRaft(
            ConfigurationFactory.ParseString($$"""
                raft {
                  group = counter
                  server-id = n1
                  servers = [ { id = n1, address = "akka.tcp://raft@127.0.0.1:1" } ]
                  storage.directory = "{{directory.Path}}"
                }
                """ + Remoting),
            static () => new CounterExample.Counter()));
        await server.StartAsync();
        var address = ((ExtendedActorSystem)server.Services.GetRequiredService<ActorSystem>()).Provider.DefaultAddress.ToString();
        using var worker = Build(akka => akka
            .AddHocon(ConfigurationFactory.ParseString(Remoting), HoconAddMode.Prepend)
            .WithRaftClient(new RaftClientSettings { Group = "counter", Contacts = [address] }));
        await worker.StartAsync();

        var actor = worker.Services.GetRequiredService<IRequiredActor<RaftClient>>();
        Assert.IsType<LeaderInfo>(await actor.ActorRef.Ask<object>(new ClientRequest(new GetLeader()), TimeSpan.FromSeconds(20)));
        var counter = worker.Services.GetRequiredService<IRaftGroup<byte[], long>>();
        Assert.Equal(3, await counter.ApplyAsync(BitConverter.GetBytes(3), TimeSpan.FromSeconds(30)));
        Assert.Equal(3, await counter.ReadAsync<long>(ReadOnlyMemory<byte>.Empty));
        await worker.StopAsync();
        await server.StopAsync();
    }

    private static IHost Build(Action<AkkaConfigurationBuilder> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Services.AddRaftClient().AddAkka("raft", (akka, _) => configure(akka));
        return builder.Build();
    }
}
