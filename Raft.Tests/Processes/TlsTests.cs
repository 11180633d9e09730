using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Mutual TLS between the hosts, as hocon/tls.conf sets it up.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class TlsTests(ITestOutputHelper output)
{
    private const long HighTerm = 1000;

    /// <summary>The way of before <c>raft.tls</c>; <see cref="IdentityTests"/> shows the other.</summary>
    private const string MachinesTrust = "raft.tls.authority = \"\"\n";

    [Fact]
    public async Task A_group_with_TLS_works_and_hears_nobody_without_a_certificate_of_its_authority()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var stranger = new Certificates("another authority");
        var trusted = authority.WriteAuthority(directory["authority.pem"]);
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Files = [RepositoryFile("hocon/tls.conf")],
                Configuration = options.Configuration + Certificate(authority.WriteServer(directory[options.Id + ".pfx"])) + MachinesTrust,
                Environment = options.Environment.Add("SSL_CERT_FILE", trusted),
            },
            scheme: "akka.ssl.tcp");
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);
        (await cluster.LeaderAsync()).Kill();
        await load.ProgressAsync(cluster);
        cluster.Hosts.Single(static host => host.HasExited).Start();
        await cluster.LeaderAsync();
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));

        // Each of these would depose the leader, if it arrived.
        var term = (await cluster.Hosts[0].Client.StatusAsync())!.Term;
        await CampaignAsync(cluster, TimeSpan.FromSeconds(3), "akka.tcp", string.Empty);
        await CampaignAsync(
            cluster, TimeSpan.FromSeconds(3), "akka.ssl.tcp", Tls + Certificate(stranger.WriteServer(directory["stranger.pfx"])));
        foreach (var host in cluster.Hosts)
        {
            Assert.Equal(term, (await host.Client.StatusAsync())!.Term);
        }

        load.Resume();
        await load.ProgressAsync(cluster);

        // And so does the very same from somebody who has a certificate.
        await CampaignAsync(cluster, TimeSpan.FromSeconds(30), "akka.ssl.tcp", Tls + Certificate(authority.WriteServer(directory["member.pfx"])));
        Assert.True((await cluster.Hosts[0].Client.StatusAsync())!.Term >= HighTerm);
        await load.ProgressAsync(cluster);
    }

    // The intruder itself trusts everybody.
    private static string Tls => """
        akka.remote.dot-netty.tcp { enable-ssl = true, ssl { suppress-validation = true, require-mutual-authentication = true } }

        """;

    private static string Certificate(string path) =>
        $"akka.remote.dot-netty.tcp.ssl.certificate {{ path = \"{path}\", password = \"{Certificates.Password}\" }}\n";

    /// <summary>Asks n1 for its vote, in the name of n2 and in a high term, until its term has risen or the time is over.</summary>
    private static async Task CampaignAsync(HostCluster cluster, TimeSpan patience, string scheme, string configuration)
    {
        using var system = ActorSystem.Create("raft", configuration + """
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = remote
              remote.retry-gate-closed-for = 200ms
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            }
            """);
        _ = RaftExtension.Get(system);
        var address = Address.Parse(cluster.Addresses[0]);
        var target = system.ActorSelection($"{address.WithProtocol(scheme)}/user/raft-kv");
        using var status = System.Text.Json.JsonDocument.Parse((await cluster.Hosts[0].Client.AskAsync("/status")).Text);
        Assert.True(GroupIdentity.TryParse(status.RootElement.GetProperty("identity").GetString(), out var group));
        var header = new PeerHeader(ProtocolVersion.Current, "kv", new ServerId("n2"), new ServerId("n1"), HighTerm)
        {
            Identity = new PeerIdentity(group, new JournalIdentity(1), default),
        };
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < patience && await cluster.Hosts[0].Client.StatusAsync() is not { Term: >= HighTerm })
        {
            target.Tell(new RequestVote(header, long.MaxValue / 2, HighTerm, LeadershipTransfer: true));
            await Task.Delay(100);
        }

        await system.Terminate();
    }

    private static string RepositoryFile(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", name));
}
