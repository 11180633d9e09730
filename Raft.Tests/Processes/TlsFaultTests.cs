using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>
/// What is wrong with one server's certificate, or stands at its port in its place, is that server's affair: the others go on,
/// say why they do not talk to it, and take it back when it is mended.
/// </summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class TlsFaultTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(CertificateFault.Expired, "expired at")]
    [InlineData(CertificateFault.SelfSigned, "is self-signed")]
    [InlineData(CertificateFault.WrongName, "has the wrong name: it is for 'elsewhere.example'")]
    public async Task A_follower_with_a_bad_certificate_is_kept_out_and_taken_back_when_its_file_is_mended(
        CertificateFault fault, string reason)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Hosts.First(host => host != leader);
        var others = cluster.Hosts.Where(host => host != follower).ToArray();

        follower.Kill();
        authority.WriteServer(directory[follower.Id + ".pfx"], fault, NameOf(follower.Id));
        follower.Start();
        await SaidByAsync(cluster, leader, reason);
        if (fault != CertificateFault.WrongName)
        {
            // It connects, too, once it hears no leader, and is told where to look. (Whoever accepts a connection checks no
            // name.)
            await SaidByAsync(cluster, follower, "it may not accept this server's certificate; its log says why");
            await cluster.EventuallyAsync(() =>
            {
                Assert.Matches(
                    $"refused a connection from 127.0.0.1: its certificate .*{reason}",
                    string.Concat(others.Select(static host => host.Output)));
                return Task.CompletedTask;
            });
        }

        await GoesOnAsync(cluster, others);
        Assert.False(follower.HasExited);
        HostProcess? caller = null;
        await cluster.EventuallyAsync(() =>
        {
            caller = others.FirstOrDefault(static host => host.Output.Contains("no TLS with", StringComparison.Ordinal));
            Assert.NotNull(caller);
            return Task.CompletedTask;
        });

        // No process is started anew for this.
        authority.WriteServer(directory[follower.Id + ".pfx"], CertificateFault.None, NameOf(follower.Id));
        await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await leader.Client.PutAsync("after", "mending")).Outcome);
        await cluster.ConvergedAsync();
        Assert.Contains("has read the new certificate", follower.Output, StringComparison.Ordinal);

        // Who leads calls all of them. On a busy machine that may be another one by now than who called in vain.
        await cluster.EventuallyAsync(async () =>
        {
            if (await cluster.LeaderAsync() != caller)
            {
                await caller!.Client.AdministerAsync(HttpMethod.Post, $"/leader?to={caller!.Id}");
            }

            Assert.Contains("works again", caller!.Output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("closes", "closed the connection in the midst of the TLS handshake")]
    [InlineData("resets", "reset the connection in the midst of the TLS handshake")]
    [InlineData("http", "does not speak TLS")]
    [InlineData("silent", "did not answer the TLS handshake within 1 s")]
    public async Task Something_else_at_a_followers_port_harms_nobody_else(string behaviour, string reason)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority, "akka.remote.dot-netty.tcp.connection-timeout = 1s\n");
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Hosts.First(host => host != leader);
        var others = cluster.Hosts.Where(host => host != follower).ToArray();
        follower.Kill();
        await using (new Impostor(cluster.AddressOf(follower).Port!.Value, behaviour))
        {
            await SaidByAsync(cluster, leader, reason);
            await GoesOnAsync(cluster, others);
        }

        follower.Start();
        await cluster.LeaderAsync();
        await cluster.ConvergedAsync();
    }

    [Fact]
    public async Task A_host_that_waits_for_a_leader_goes_on_waiting_whatever_stands_at_the_others_ports()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        await using (new Impostor(cluster.AddressOf(cluster.Hosts[1]).Port!.Value, "http"))
        {
            cluster.Hosts[0].Start();
            await SaidByAsync(cluster, cluster.Hosts[0], "does not speak TLS");
            await Task.Delay(TimeSpan.FromSeconds(2));
            Assert.Equal(200, (await cluster.Hosts[0].Client.AskAsync("/health/live")).Status);
        }

        cluster.Hosts[1].Start();
        cluster.Hosts[2].Start();
        await cluster.LeaderAsync();
    }

    [Fact]
    public async Task A_host_whose_actor_system_ends_while_it_waits_for_a_leader_ends_and_says_why()
    {
        using var cluster = new HostCluster(output, options => options with
        {
            Configuration = options.Configuration + """
                akka {
                  actor.provider = cluster
                  cluster {
                    seed-nodes = ["akka.tcp://raft@127.0.0.1:1"]
                    shutdown-after-unsuccessful-join-seed-nodes = 2s
                    downing-provider-class = ""
                  }
                }
                """,
        });
        cluster.Hosts[0].Start();
        Assert.NotEqual(0, await cluster.Hosts[0].ExitAsync());
        Assert.Contains(
            "n1: the actor system has shut itself down, because of ClusterJoinUnsuccessfulReason",
            cluster.Hosts[0].Error,
            StringComparison.Ordinal);
    }

    private HostCluster NewCluster(TemporaryDirectory directory, Certificates authority, string configuration = "")
    {
        var trusted = authority.WriteAuthority(directory["authority.pem"]);
        return new HostCluster(
            output,
            options => options with
            {
                Files = [RepositoryFile("hocon/tls.conf")],
                Configuration = options.Configuration + configuration + $$"""
                    raft.tls.authority = "{{trusted}}"
                    akka.remote.dot-netty.tcp.ssl.certificate {
                      path = "{{WriteCertificate(options.Id)}}"
                      password = "{{Certificates.Password}}"
                    }

                    """,
            },
            scheme: "akka.ssl.tcp");

        string WriteCertificate(string id) => authority.WriteServer(directory[id + ".pfx"], CertificateFault.None, NameOf(id));
    }

    private static string NameOf(string id) => $"raft://kv/server/{id}";

    // Followers have nothing to say to one another: it is the leader that connects.
    private static Task<TimeSpan> SaidByAsync(HostCluster cluster, HostProcess host, string text) => cluster.EventuallyAsync(() =>
    {
        Assert.False(host.HasExited, $"{host.Id} has ended");
        Assert.Contains(text, host.Output, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    /// <summary>
    /// The group of the others takes writes for a while in which each of them tries the faulty one several times.
    /// </summary>
    private static async Task GoesOnAsync(HostCluster cluster, HostProcess[] others)
    {
        for (var write = 0; write < 10; write++)
        {
            await Task.Delay(200);
            Assert.All(others, static host => Assert.False(host.HasExited));
            var leader = await cluster.LeaderAsync(others);
            Assert.Equal(Known.Done, (await leader.Client.PutAsync("meanwhile", $"{write}")).Outcome);
        }
    }

    private static string RepositoryFile(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", name));

    /// <summary>A program that is none of the group and listens at a server's port.</summary>
    private sealed class Impostor : IAsyncDisposable
    {
        private readonly TcpListener _listener;
        private readonly string _behaviour;
        private readonly Task _serving;
        private ImmutableList<Socket> _silent = [];

        public Impostor(int port, string behaviour)
        {
            _behaviour = behaviour;
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            _serving = ServeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
            _silent.ForEach(static socket => socket.Dispose());
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                Socket socket;
                try
                {
                    socket = await _listener.AcceptSocketAsync();
                }
                catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
                {
                    return;
                }

                // Behind the first bytes of the handshake, so that it is a handshake that fails.
                _ = await socket.ReceiveAsync(new byte[4096]);
                switch (_behaviour)
                {
                    case "http":
                        await socket.SendAsync(Encoding.ASCII.GetBytes(
                            "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
                        break;
                    case "resets":
                        socket.LingerState = new LingerOption(enable: true, seconds: 0);
                        break;
                    case "silent":
                        _silent = _silent.Add(socket);
                        continue;
                }

                socket.Dispose();
            }
        }
    }
}
