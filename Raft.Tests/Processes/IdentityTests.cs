using System.Diagnostics;
using System.Text.Json;
using Akka.Actor;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Who says that it is n1 is n1: its certificate says so, and nothing else does.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class IdentityTests(ITestOutputHelper output)
{
    private const long HighTerm = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task With_the_certificate_of_one_server_nobody_speaks_for_another()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await leader.Client.PutAsync("before", "it")).Outcome);
        var before = await cluster.ConvergedAsync();
        var term = (await leader.Client.StatusAsync())!.Term;
        var (victim, thief) = (cluster.Hosts.First(host => host != leader), cluster.Hosts.Last(host => host != leader));
        using var stranger = Outsider(Secure(directory["authority.pem"], directory[thief.Id + ".pfx"]));

        // Each of these would keep other entries at a follower, stop the leader, or end its term.
        await ForgeAsync(cluster, stranger, victim, leader, term, repeat: 20);
        await ForgeAsync(cluster, stranger, leader, victim, term, repeat: 20);

        // On the same connection, behind all of it. The thief is a server, and may ask.
        foreach (var host in new[] { victim, leader })
        {
            Assert.IsType<LeaderInfo>(await To(stranger, cluster, host).Ask<object>(new GetLeader(), Patience));
            await SaysAsync(cluster, host, $"the sender's certificate is that of server '{thief.Id}' of group 'kv'");
        }

        await UnchangedAsync(cluster, leader, term, before);
        await stranger.Terminate();
    }

    [Fact]
    public async Task A_clients_certificate_is_a_clients()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var term = (await leader.Client.StatusAsync())!.Term;
        var before = await cluster.ConvergedAsync();
        var victim = cluster.Hosts.First(host => host != leader);
        using var client = Outsider(Secure(
            directory["authority.pem"], authority.WriteServer(directory["app.pfx"], CertificateFault.None, "raft://kv/client/app")));
        await ForgeAsync(cluster, client, victim, leader, term, repeat: 20);
        await ForgeAsync(cluster, client, leader, victim, term, repeat: 20);
        Assert.IsType<LeaderInfo>(await To(client, cluster, victim).Ask<object>(new GetLeader(), Patience));
        await UnchangedAsync(cluster, leader, term, before);
        await SaysAsync(cluster, victim, "the sender's certificate is that of client 'app' of group 'kv'");

        // It is answered on the connection that the server opens to it, whose certificate is a server's.
        Assert.IsType<Applied>(await To(client, cluster, leader).Ask<object>(
            new ApplyBarrier(), Patience));
        await client.Terminate();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_though_the_machine_trusts_it()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var other = new Certificates("another authority");
        var trusted = other.WriteAuthority(directory["trusted.pem"]);
        await File.AppendAllTextAsync(trusted, "\n" + await File.ReadAllTextAsync(authority.WriteAuthority(directory["authority.pem"])));
        using var cluster = NewCluster(
            directory, authority, options => options with { Environment = options.Environment.Add("SSL_CERT_FILE", trusted) });
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        using var stranger = Outsider(Secure(
            string.Empty, other.WriteServer(directory["forged.pfx"], CertificateFault.None, "raft://kv/server/n2"), suppress: true));
        await Assert.ThrowsAsync<AskTimeoutException>(
            () => To(stranger, cluster, leader).Ask<object>(new GetLeader(), TimeSpan.FromSeconds(5)));
        await SaysAsync(cluster, leader, "has an unknown issuer: raft.tls.authority does not hold 'CN=another authority'");
        await stranger.Terminate();
    }

    [Fact]
    public async Task No_other_process_takes_a_servers_address()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var term = (await leader.Client.StatusAsync())!.Term;
        var (victim, thief) = (cluster.Hosts.First(host => host != leader), cluster.Hosts.Last(host => host != leader));

        // It says that it is at the leader's address, with a number of its own: to Akka.NET, a leader that was started anew.
        using var stranger = Outsider(
            $"akka.remote.dot-netty.tcp.public-port = {cluster.AddressOf(leader).Port}\n"
            + Secure(directory["authority.pem"], directory[thief.Id + ".pfx"]));
        for (var time = 0; time < 20; time++)
        {
            To(stranger, cluster, victim).Tell(new GetLeader());
            await Task.Delay(100);
        }

        await cluster.EventuallyAsync(() =>
        {
            Assert.Matches($"refused a message from .*: it is a handshake, .*is the address of server '{leader.Id}'", victim.Output);
            return Task.CompletedTask;
        });
        Assert.Equal(term, (await victim.Client.StatusAsync())!.Term);
        Assert.Equal(Known.Done, (await victim.Client.PutAsync("after", "it")).Outcome);
        await stranger.Terminate();
    }

    [Fact]
    public async Task A_group_moves_to_identities_server_by_server()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        var trusted = authority.WriteAuthority(directory["authority.pem"]);
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Configuration = options.Configuration + Secure(string.Empty, authority.WriteServer(directory[options.Id + ".pfx"])),
                Environment = options.Environment.Add("SSL_CERT_FILE", trusted),
            },
            scheme: "akka.ssl.tcp");
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);

        // One server logs while the others have certificates without names yet.
        await RestartAsync(cluster, cluster.Hosts[0], $"raft.tls {{ authority = \"{trusted}\", identities = log }}\n");
        await load.ProgressAsync(cluster);
        await SaysAsync(cluster, cluster.Hosts[0], "raft.tls.identities = on would refuse");

        // New certificates are taken up as they are: but connections that stand go on with the old ones.
        foreach (var host in cluster.Hosts)
        {
            authority.WriteServer(directory[host.Id + ".pfx"], CertificateFault.None, $"raft://kv/server/{host.Id}");
            await SaysAsync(cluster, host, "has read the new certificate");
        }

        foreach (var host in cluster.Hosts)
        {
            await RestartAsync(cluster, host, $"raft.tls {{ authority = \"{trusted}\" }}\n");
            await load.ProgressAsync(cluster);
        }

        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
    }

    [Fact]
    public async Task A_host_does_not_start_with_the_certificate_of_another_server()
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority);
        authority.WriteServer(directory["n1.pfx"], CertificateFault.None, "raft://kv/server/n2");
        cluster.Hosts[0].Start();
        Assert.NotEqual(0, await cluster.Hosts[0].ExitAsync());
        var line = Assert.Single(cluster.Hosts[0].Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("the certificate is that of server 'n2' of group 'kv', and this is server 'n1' of group 'kv'", line, StringComparison.Ordinal);
    }

    /// <summary>A line of the log leaves a process by another way than its answers, and may come later.</summary>
    private static Task<TimeSpan> SaysAsync(HostCluster cluster, HostProcess host, string text) => cluster.EventuallyAsync(() =>
    {
        Assert.Contains(text, host.Output, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    private static async Task RestartAsync(HostCluster cluster, HostProcess host, string more)
    {
        Assert.Equal(0, await host.TerminateAsync());
        host.Reconfigure(host.Options.Configuration + more);
        host.Start();
        await cluster.LeaderAsync();
    }

    /// <summary>What a member that lies could send in another's name.</summary>
    private static async Task ForgeAsync(HostCluster cluster, ActorSystem stranger, HostProcess target, HostProcess claimed, long term, int repeat)
    {
        using var status = JsonDocument.Parse((await target.Client.AskAsync("/status")).Text);
        Assert.True(GroupIdentity.TryParse(status.RootElement.GetProperty("identity").GetString(), out var group));
        var last = status.RootElement.GetProperty("lastLogIndex").GetInt64();
        PeerHeader Header(long of) => new(ProtocolVersion.Current, "kv", new ServerId(claimed.Id), new ServerId(target.Id), of)
        {
            Identity = new PeerIdentity(group, new JournalIdentity(1), default),
        };
        for (var time = 0; time < repeat; time++)
        {
            object[] forged =
            [
                new AppendEntries(Header(term), 1, last, term, [], last),
                new AppendEntries(Header(HighTerm), 1, 0, 0, [], 0),
                new Heartbeat(Header(HighTerm), 1),
                new RequestVote(Header(HighTerm), long.MaxValue / 2, HighTerm, LeadershipTransfer: true),
                new VoteResponse(Header(HighTerm), Granted: true),
                new AppendEntriesResponse(Header(HighTerm), 1, Success: false, 0, 0, 0, NeedsSnapshot: false),
                new TimeoutNow(Header(term)),
            ];
            foreach (var message in forged)
            {
                To(stranger, cluster, target).Tell(message);
                stranger.ActorSelection(cluster.AddressOf(target) + "/user/raft-kv").Tell(message);
            }

            await Task.Delay(50);
        }
    }

    private static async Task UnchangedAsync(HostCluster cluster, HostProcess leader, long term, HostListing before)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(3))
        {
            foreach (var host in cluster.Hosts)
            {
                var status = (await host.Client.StatusAsync())!;
                Assert.Equal((term, leader.Id), (status.Term, status.Leader));
            }

            await Task.Delay(200);
        }

        Assert.Equal(before.Keys, (await cluster.ConvergedAsync()).Keys);
        Assert.Equal(Known.Done, (await leader.Client.PutAsync("after", "it")).Outcome);
    }

    private static IActorRef To(ActorSystem system, HostCluster cluster, HostProcess host) =>
        ((ExtendedActorSystem)system).Provider.ResolveActorRef($"{cluster.AddressOf(host)}/user/raft-kv");

    private static ActorSystem Outsider(string tls) => Stranger.Start(tls, RaftRemoting.Defaults, "raft");

    private static string Secure(string authority, string certificate, bool suppress = false) =>
        $"\nraft.tls.authority = \"{authority}\"\n{Certificates.Settings(certificate, suppress)}";

    private HostCluster NewCluster(TemporaryDirectory directory, Certificates authority, Func<HostOptions, HostOptions>? change = null)
    {
        var pinned = authority.WriteAuthority(directory["authority.pem"]);
        return new HostCluster(
            output,
            options => (change ?? (static same => same))(options with
            {
                Configuration = options.Configuration + Secure(
                    pinned, authority.WriteServer(directory[options.Id + ".pfx"], CertificateFault.None, $"raft://kv/server/{options.Id}")),
            }),
            scheme: "akka.ssl.tcp");
    }
}
