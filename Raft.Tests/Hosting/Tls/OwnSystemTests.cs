using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Raft.Actors;
using Raft.Actors.Client;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

/// <summary>
/// An application's own actor system outlives a peer whose TLS handshake fails, with no setting but the library's.
/// </summary>
public sealed class OwnSystemTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_system_with_the_librarys_defaults_outlives_a_peer_that_fails_the_handshake(bool hasServer)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("an authority");
        using var peer = new TcpListener(IPAddress.Loopback, 0);
        peer.Start();
        var attempts = 0;
        var serving = ServeAsync();
        using var host = Microsoft.Extensions.Hosting.Host.CreateDefaultBuilder().ConfigureServices(
            services => services.AddAkka("raft", akka =>
        {
            akka.AddHocon(
                $$"""
                akka {
                  actor.provider = remote
                  loglevel = OFF
                  remote.dot-netty.tcp {
                    hostname = "127.0.0.1"
                    port = 0
                    enable-ssl = true
                    ssl.certificate {
                    path = "{{authority.WriteServer(directory["own.pfx"])}}"
                    password = "{{Certificates.Password}}"
                  }
                  }
                }
                """,
                HoconAddMode.Prepend);
            if (hasServer)
            {
                // It asks the other server whether it is empty, again and again.
                akka.WithRaft(
                    ConfigurationFactory.ParseString($$"""
                        raft {
                          group = g
                          server-id = n1
                          servers = [
                            { id = n1, address = "akka.ssl.tcp://raft@127.0.0.1:1" }
                            { id = n2, address = "akka.ssl.tcp://raft@{{peer.LocalEndpoint}}" }
                          ]
                          storage.directory = "{{directory["data"]}}"
                        }
                        """),
                    static () => new RecordingStateMachine([]));
            }
            else
            {
                akka.WithRaftClient(
                    new RaftClientSettings { Group = "g", Contacts = [$"akka.ssl.tcp://raft@{peer.LocalEndpoint}"] });
            }
        })).Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var client = new RaftClient(host.Services.GetRequiredService<IRequiredActor<RaftClient>>().ActorRef);

        // It is tried again and again, and the system goes on.
        await Assert.ThrowsAsync<RaftRequestException>(() => client.ReadAsync("q", timeout: TimeSpan.FromSeconds(4)));
        Assert.True(attempts > 1, $"{attempts} attempts");
        Assert.False(system.WhenTerminated.IsCompleted);
        Assert.Null(CoordinatedShutdown.Get(system).ShutdownReason);
        await host.StopAsync();
        peer.Stop();
        await serving;

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await peer.AcceptSocketAsync();
                    _ = await socket.ReceiveAsync(new byte[4096]);
                    attempts++;
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
