using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A host that cannot start says why in one line, and ends.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class StartTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Mistakes => new()
    {
        { "raft.storage.provider = oracle", "raft.storage.provider" },
        { "raft.server-id = \"\"", "raft.server-id" },
        { "raft.server-id = n9", "n9" },
        { "raft { heartbeat-timeout = 2s, election-timeout = 1s }", "raft.election-timeout" },
        { "akka.remote.dot-netty.tcp.maximum-frame-size = 1MiB", "raft.intake.max-command-bytes" },
        { "raft.heartbeat-timeout = soon", "raft.heartbeat-timeout" },
        { "raft.storage.directory = \"/proc/nowhere\"", "raft.storage.directory" },
        {
            "raft { storage { provider = postgres, connection-string = \"Host=127.0.0.1;Port=1;Username=raft;Password=secret\" "
                + "} }",
            "raft.storage.connection-string"
        },
        { "host.http-url = \"ftp://x\"", "host.http-url" },
        { "raft.hartbeat-timeout = 1s", "the nearest is raft.heartbeat-timeout" },
        { "host.http-uri = \"http://*:1\"", "the nearest is host.http-url" },
        { "raft.reads { lease = on", "node.conf' is not HOCON: line " },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_in_the_configuration_is_one_line(string mistake, string named)
    {
        using var cluster = new HostCluster(
            output, options => options with { Configuration = options.Configuration + mistake }, size: 1);
        await AssertRefusesAsync(cluster.Hosts[0], named);
        Assert.DoesNotContain("secret", cluster.Hosts[0].Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "akka.remote.dot-netty.tcp.ssl.certificate.path is not set")]
    [InlineData("/no/such.pfx", "x", "akka.remote.dot-netty.tcp.ssl.certificate.path = '/no/such.pfx': there is no such file")]
    [InlineData(
        "node.conf",
        "x",
        "it is not a .pfx file (PKCS #12), or akka.remote.dot-netty.tcp.ssl.certificate.password is not its password")]
    [InlineData(
        "n1.pfx",
        "another",
        "it is not a .pfx file (PKCS #12), or akka.remote.dot-netty.tcp.ssl.certificate.password is not its password")]
    public async Task A_certificate_that_cannot_be_used_is_one_line(string path, string password, string named)
    {
        using var authority = new Certificates("the group's authority");
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Configuration = options.Configuration
                    + $"akka.remote.dot-netty.tcp {{ enable-ssl = true, ssl.certificate {{ path = \"{path}\", password = "
                        + $"\"{password}\" }} }}",
            },
            size: 1,
            scheme: "akka.ssl.tcp");
        Directory.CreateDirectory(cluster.Hosts[0].Options.Directory);
        authority.WriteServer(Path.Combine(cluster.Hosts[0].Options.Directory, "n1.pfx"));
        await AssertRefusesAsync(cluster.Hosts[0], named);
    }

    [Theory]
    [InlineData("host.http-url = \"http://0.0.0.0:{0}\"", "", "HTTP at http://0.0.0.0:", "host.insecure = http")]
    [InlineData(
        "akka.remote.dot-netty.tcp {{ hostname = \"0.0.0.0\", public-hostname = \"127.0.0.1\" }}",
        "",
        "Akka.Remote at 0.0.0.0",
        "host.insecure = on")]
    [InlineData(
        "akka.remote.dot-netty.tcp {{ hostname = \"0.0.0.0\", public-hostname = \"127.0.0.1\" }}",
        "http",
        "Akka.Remote at 0.0.0.0",
        "host.insecure = on")]
    public async Task A_host_that_would_listen_beyond_its_machine_without_protection_does_not_start_unless_that_is_said(
        string setting, string word, string place, string wanted)
    {
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Configuration = options.Configuration + string.Format(CultureInfo.InvariantCulture, setting, options.Http.Port),
                Environment = options.Environment.Add("RAFT_INSECURE", word),
            },
            size: 1);
        var host = cluster.Hosts[0];
        await AssertRefusesAsync(host, place);
        Assert.Contains(wanted, host.Error, StringComparison.Ordinal);
        Assert.Contains("everyone who reaches it can read and change all data", host.Error, StringComparison.Ordinal);

        host.Reconfigure(host.Options.Configuration + "\n" + wanted);
        host.Configure(host.Options.Environment.Remove("RAFT_INSECURE"));
        host.Start();
        await cluster.LeaderAsync();
        var told = (host.Error + host.Output).Split('\n').Where(
            static line => line.Contains("INSECURE", StringComparison.Ordinal) && !line.Contains(
                "RAFT_INSECURE=", StringComparison.Ordinal));
        Assert.Contains(place, Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line()
    {
        using var cluster = new HostCluster(output, size: 1);
        using var listener = new TcpListener(IPAddress.Loopback, cluster.Hosts[0].Options.Http.Port);
        listener.Start();
        await AssertRefusesAsync(cluster.Hosts[0], $"port {cluster.Hosts[0].Options.Http.Port}");
    }

    [Fact]
    public async Task A_second_process_on_the_same_directory_is_refused_and_the_first_goes_on()
    {
        using var first = new HostCluster(output, size: 1);
        await first.StartAsync();
        using var second = new HostCluster(
            output,
            options => options with
            {
                Configuration = options.Configuration + $"raft.storage.directory = \"{first.Hosts[0].Options.DataDirectory}\"",
            },
            size: 1);
        await AssertRefusesAsync(second.Hosts[0], $"pid {first.Hosts[0].ProcessId}");
        Assert.Equal(Known.Done, (await first.Hosts[0].Client.PutAsync("a", "b")).Outcome);
    }

    [Fact]
    public async Task Data_that_another_process_holds_is_free_again_when_that_one_is_killed()
    {
        using var directory = new TemporaryDirectory();
        HostOptions Shared(HostOptions options) => options with
        {
            Configuration = options.Configuration + $"raft.storage.directory = \"{directory.Path}\"",
        };
        using (var first = new HostCluster(output, Shared, size: 1))
        {
            await first.StartAsync();
            Assert.Equal(Known.Done, (await first.Hosts[0].Client.PutAsync("a", "b")).Outcome);
            first.Hosts[0].Kill();
            first.Hosts[0].Start();
            await first.LeaderAsync();
            Assert.Equal("b", (await first.Hosts[0].Client.GetAsync("a")).Text);
        }
    }

    /// <summary>A group that elects a leader is seconds away from being of use, and a window without a word looks dead.</summary>
    [Fact]
    public async Task The_development_cluster_says_what_it_does_before_it_can_be_used_and_then_what_to_try()
    {
        var ports = HostCluster.FreePorts(6);
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Command = "dev",
                Configuration =
                    $"host.development {{ remote-ports = [{string.Join(", ", ports[..3])}], http-ports = "
                        + $"[{string.Join(", ", ports[3..])}] }}\n",
                Http = new Uri($"http://127.0.0.1:{ports[3]}"),
            },
            size: 1);
        var host = cluster.Hosts[0];
        host.Start();
        await cluster.EventuallyAsync(() =>
        {
            Assert.Contains("Ctrl-C stops it.", host.Output, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        var lines = host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(static line => !line.StartsWith("-- pid", StringComparison.Ordinal)).ToArray();
        Assert.StartsWith("Starting n1, n2, n3 of group kv in this process, data below ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith($"n1: http://127.0.0.1:{ports[3]}", StringComparison.Ordinal));
        Assert.Equal(Known.Done, (await host.Client.PutAsync("a", "b")).Outcome);
        Assert.Equal(0, await host.TerminateAsync());
    }

    private static async Task AssertRefusesAsync(HostProcess host, string named)
    {
        host.Start();
        Assert.NotEqual(0, await host.ExitAsync());
        var line = Assert.Single(host.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Error + host.Output, StringComparison.Ordinal);
    }
}
