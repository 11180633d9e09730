using System.Collections.Immutable;
using System.Globalization;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Hosts that start from hocon/discovery.conf, as those of docker-compose.yml do: they know the seed nodes and who they are themselves.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class DiscoveryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Three_hosts_form_a_group_a_fourth_joins_and_one_that_was_killed_comes_back_at_another_port()
    {
        using var cluster = new HostCluster(output, size: 4, members: 3);
        foreach (var host in cluster.Hosts)
        {
            var address = cluster.AddressOf(host);
            Configure(host, cluster, "127.0.0.1", address.Port!.Value, host == cluster.Hosts[3] ? 0 : 3);
        }

        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts.Take(3).ToArray(), writers: 2, listers: 1);
        await load.ProgressAsync(cluster, 20);
        cluster.Hosts[3].Start();
        await AllAreMembersAsync(cluster);

        // Until its server is seen elsewhere the cluster keeps the dead member, and newcomers are no more than joining: that is enough.
        var moved = cluster.Hosts[1];
        moved.Kill();
        var port = HostCluster.FreePorts(1)[0];
        Configure(moved, cluster, "127.0.0.1", port, 3);
        moved.Start();
        await cluster.EventuallyAsync(async () =>
        {
            var members = await cluster.Hosts[0].Client.AdministerAsync(HttpMethod.Get, "/members");
            Assert.Contains($":{port}", members.Text, StringComparison.Ordinal);
        });
        await load.ProgressAsync(cluster, 20);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        cluster.Log(load.ToString());
    }

    /// <summary>Longer than the 20 s after which Akka.Cluster's split brain resolver, had it been left in place, would have shut the minority's actor system down.</summary>
    [RootFact]
    public async Task A_minority_that_is_cut_off_for_longer_than_a_resolver_waits_comes_back_without_a_restart()
    {
        using var network = new NamespaceNetwork();
        using var cluster = new HostCluster(output, network);
        foreach (var host in cluster.Hosts)
        {
            Configure(host, cluster, NamespaceNetwork.Address(NumberOf(host)), 4053, 3);
        }

        await cluster.StartAsync();
        var processes = cluster.Hosts.Select(static host => host.ProcessId).ToArray();
        var cut = await cluster.LeaderAsync();
        var others = cluster.Hosts.Where(host => host != cut).ToArray();
        network.Cut(NumberOf(cut));
        await cluster.LeaderAsync(others);
        await Task.Delay(TimeSpan.FromSeconds(40));
        Assert.False(cut.HasExited);
        Assert.NotEqual(0, (await others[0].Client.PutAsync("meanwhile", "x")).Index);
        network.Heal();
        await cluster.EventuallyAsync(async () => Assert.Equal(200, (await cut.Client.ReadyAsync()).Status));
        await cluster.LeaderAsync();
        await cluster.ConvergedAsync();
        await cluster.EventuallyAsync(async () =>
        {
            var status = (await cut.Client.AdministerAsync(HttpMethod.Get, "/status")).Text;
            Assert.DoesNotContain("\"reachable\":false", status, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Equal(processes, cluster.Hosts.Select(static host => host.ProcessId));
        Assert.All(cluster.Hosts, static host => Assert.DoesNotContain("quarantine", host.Output, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The steps of docker-compose.yml: certificates by one command, and each host by its variables alone.</summary>
    [Fact]
    public async Task Hosts_that_prove_themselves_by_certificates_begin_a_group_and_take_in_another()
    {
        using var cluster = new HostCluster(
            output, static options => options with { Files = [HoconFiles.PathOf("discovery.conf")] }, size: 4, scheme: "akka.ssl.tcp", members: 3);
        Directory.CreateDirectory(cluster.Hosts[0].Options.Directory);
        var (code, said) = cluster.Hosts[0].Run(
            "certificates", "--out", cluster.Path("certificates"), "--authority", cluster.Path("authority"),
            "--servers", "n1=127.0.0.1,n2=127.0.0.1,n3=127.0.0.1,n4=127.0.0.1");
        Assert.True(code == 0, said);
        var seeds = string.Join(',', cluster.Hosts.Take(3).Select(host => $"127.0.0.1:{cluster.AddressOf(host).Port}"));
        foreach (var host in cluster.Hosts)
        {
            host.Reconfigure("# the variables say all\n");
            host.Configure(new Dictionary<string, string>
            {
                ["RAFT_SERVER_ID"] = host.Id,
                ["RAFT_GROUP"] = "kv",
                ["RAFT_SEEDS"] = seeds,
                ["RAFT_BOOTSTRAP_EXPECT"] = host == cluster.Hosts[3] ? "0" : "3",
                ["RAFT_HOST"] = "127.0.0.1",
                ["RAFT_BIND_HOST"] = "0.0.0.0",
                ["RAFT_PORT"] = cluster.AddressOf(host).Port!.Value.ToString(CultureInfo.InvariantCulture),
                ["RAFT_HTTP_URL"] = $"http://*:{host.Options.Http.Port}",
                ["RAFT_DATA"] = "./data",
                ["RAFT_INSECURE"] = "http",
                ["RAFT_TLS_AUTHORITY"] = cluster.Path("certificates/authority.pem"),
                ["RAFT_TLS_CERTIFICATE"] = cluster.Path($"certificates/{host.Id}/{host.Id}.pfx"),
            }.ToImmutableDictionary());
        }

        await cluster.StartAsync();
        cluster.Hosts[3].Start();
        await AllAreMembersAsync(cluster);
        Assert.Equal(Known.Done, (await cluster.Hosts[3].Client.PutAsync("a", "b")).Outcome);
        await cluster.ConvergedAsync();
        Assert.All(cluster.Hosts, static host => Assert.DoesNotContain("sender's certificate", host.Output, StringComparison.Ordinal));
    }

    private static async Task AllAreMembersAsync(HostCluster cluster) => await cluster.EventuallyAsync(async () =>
    {
        var members = await cluster.Hosts[0].Client.AdministerAsync(HttpMethod.Get, "/members");
        Assert.All(cluster.Hosts, host => Assert.Contains($"\"{host.Id}\"", members.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("nonvoter", members.Text, StringComparison.Ordinal);
    });

    private static int NumberOf(HostProcess host) => int.Parse(host.Id[1..], CultureInfo.InvariantCulture);

    private static void Configure(HostProcess host, HostCluster cluster, string hostname, int port, int expect)
    {
        var seeds = string.Join(", ", cluster.Addresses.Take(3).Select(static address => $"\"{address}\""));
        host.Reconfigure(File.ReadAllText(HoconFiles.PathOf("discovery.conf")) + $$"""

            raft {
              group = kv
              server-id = {{host.Id}}
              storage { provider = sqlite, directory = "./data" }
              discovery.bootstrap-expect = {{expect}}
            }
            host.http-url = "{{host.Options.Http.ToString().TrimEnd('/')}}"
            akka.remote.dot-netty.tcp { hostname = "{{hostname}}", port = {{port}} }
            akka.cluster.seed-nodes = [{{seeds}}]

            """);
    }
}
