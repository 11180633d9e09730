using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;
using Raft.Host.Hosting;
using Raft.Host.Http;
using Raft.Host.KeyValue;
using Raft.Host.Running;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Files, environment and what is refused.</summary>
public sealed class ConfigurationTests
{
    private static readonly Dictionary<string, string> ThreeServers = new()
    {
        ["RAFT_SERVER_ID"] = "n2",
        ["RAFT_GROUP"] = "kv",
        ["RAFT_SERVERS"] = "n1@a.example:4053, n2@b.example:4063, n3@[::1]:4053",
    };

    [Fact]
    public void The_environment_alone_makes_a_node()
    {
        var node = FromEnvironment([]);

        Assert.Equal("kv", node.Raft.Group);
        Assert.Equal("n2", node.Raft.ServerId.Value);
        Assert.Equal(
            ["akka.tcp://raft@a.example:4053", "akka.tcp://raft@b.example:4063", "akka.tcp://raft@[::1]:4053"],
            node.Raft.InitialConfiguration.Servers.Select(static server => server.Address));
        Assert.Equal(("b.example", 4063), (node.RemoteHost, node.RemotePort));
        Assert.Equal("http://127.0.0.1:8080", node.Host.Http.ToString());
        Assert.Equal(ApplyOnFollower.Forward, node.Raft.ApplyOnFollower);
        Assert.True(node.Raft.Intake.MaxCommandBytes >= KeyValueLimits.MaxCommandBytes);
    }

    [Fact]
    public void Akka_Remote_trusts_nobody_but_for_the_groups_paths()
    {
        var remote = FromEnvironment([]).System.GetConfig("akka.remote");
        Assert.True(remote.GetBoolean("untrusted-mode"));
        Assert.Equal(
            ["/user/raft-kv", "/user/raft-kv-discovery", "/system/cluster/core/daemon", "/system/cluster/heartbeatReceiver"],
            remote.GetStringList("trusted-selection-paths"));
    }

    [Fact]
    public void Every_variable_reaches_its_setting()
    {
        var node = FromEnvironment(new()
        {
            ["RAFT_BIND_HOST"] = "0.0.0.0",
            ["RAFT_HTTP_URL"] = "http://*:80",
            ["RAFT_HTTP_PORT"] = "9000",
            ["RAFT_HTTP_ADDRESSES"] = "n1=http://a.example:80,n2=http://b.example",
            ["RAFT_HTTP_ALLOWED_HOSTS"] = "raft.example.com, *.svc.cluster.local",
            ["RAFT_WRITES_ON_FOLLOWER"] = "redirect",
            ["RAFT_DATA"] = "/a \"b\"\\c",
            ["RAFT_STORAGE_PROVIDER"] = "postgres",
            ["RAFT_STORAGE_CONNECTION_STRING"] = "Host=db;Password=a\"b\\n$c{}#",
            ["RAFT_LOG_LEVEL"] = "debug",
        });

        Assert.Equal("0.0.0.0", node.RemoteHost);
        Assert.Equal("b.example", node.System.GetString("akka.remote.dot-netty.tcp.public-hostname"));
        Assert.Equal("http://*:9000", node.Host.Http.ToString());
        Assert.Equal("raft.example.com *.svc.cluster.local", string.Join(' ', node.Host.AllowedHosts));
        Assert.Equal(
            ["*.svc.cluster.local", "a.example", "b.example", "raft.example.com"],
            HttpFrontSettings.Create(node).Names.Remove(System.Net.Dns.GetHostName()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(WritesOnFollower.Redirect, node.Host.WritesOnFollower);
        Assert.Equal(ApplyOnFollower.Redirect, node.Raft.ApplyOnFollower);
        Assert.Equal(new Uri("http://b.example"), node.Host.HttpAddresses["n2"]);
        Assert.Equal("/a \"b\"\\c", node.System.GetString("raft.storage.directory"));
        Assert.Equal("postgres", node.System.GetString("raft.storage.provider"));
        Assert.Equal("Host=db;Password=a\"b\\n$c{}#", node.System.GetString("raft.storage.connection-string"));
        Assert.Equal("DEBUG", node.System.GetString("akka.loglevel"));
    }

    [Theory]
    [InlineData("RAFT_SERVERS", "n1", "RAFT_SERVERS")]
    [InlineData("RAFT_SERVERS", "n1@host", "RAFT_SERVERS")]
    [InlineData("RAFT_SERVERS", "n1@host:0", "'0' is not a port")]
    [InlineData("RAFT_SERVERS", "n 1@host:1", "RAFT_SERVERS")]
    [InlineData("RAFT_SERVERS", "n1@host:1,n1@host:2", "n1")]
    [InlineData("RAFT_SEEDS", "n1", "RAFT_SEEDS")]
    [InlineData("RAFT_BOOTSTRAP_EXPECT", "three", "RAFT_BOOTSTRAP_EXPECT")]
    [InlineData("RAFT_PORT", "tcp://10.0.0.1:4053", "RAFT_PORT")]
    [InlineData("RAFT_PORT", "4054", "raft.servers says that 'n2' is at")]
    [InlineData("RAFT_HOST", "c.example", "raft.servers says that 'n2' is at")]
    [InlineData("RAFT_HTTP_PORT", "65536", "RAFT_HTTP_PORT")]
    [InlineData("RAFT_HTTP_URL", "https://127.0.0.1:8080", "host.http-url")]
    [InlineData("RAFT_HTTP_URL", "http://example.com:8080", "host.http-url")]
    [InlineData("RAFT_HTTP_URL", "http://127.0.0.1", "host.http-url")]
    [InlineData("RAFT_LOG_LEVEL", "loud", "RAFT_LOG_LEVEL")]
    [InlineData("RAFT_SERVER_ID", "n/1", "raft.server-id")]
    [InlineData("RAFT_SERVER_ID", "n9", "akka.remote.dot-netty.tcp.hostname")]
    [InlineData("RAFT_GROUP", "a b", "raft.group")]
    [InlineData("RAFT_WRITES_ON_FOLLOWER", "ignore", "host.writes-on-follower")]
    [InlineData("RAFT_WRITES_ON_FOLLOWER", "redirect", "host.http-addresses")]
    [InlineData("RAFT_HTTP_ADDRESSES", "n1", "RAFT_HTTP_ADDRESSES")]
    [InlineData("RAFT_HTTP_ALLOWED_HOSTS", "http://raft.example.com", "host.http.allowed-hosts")]
    [InlineData("RAFT_HTTP_ALLOWED_HOSTS", "raft.example.com:80", "host.http.allowed-hosts")]
    [InlineData("RAFT_HTTP_ALLOWED_HOSTS", "*", "host.http.allowed-hosts")]
    [InlineData("RAFT_HTTP_ADDRESSES", "n1=ftp://a", "host.http-addresses.n1")]
    public void A_bad_value_is_refused_by_name(string variable, string value, string named)
    {
        var refused = Assert.Throws<RaftConfigurationException>(() => FromEnvironment(new() { [variable] = value }));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_variable_counts_as_none() => Assert.Equal("kv", FromEnvironment(new() { ["RAFT_PORT"] = string.Empty }).Raft.Group);

    [Fact]
    public void A_misspelt_variable_is_found() => Assert.Equal(
        ["RAFT_SERVER"], EnvironmentOverrides.Unknown(new Dictionary<string, string> { ["RAFT_SERVER"] = "n1", ["RAFT_PORT"] = "1", ["PATH"] = "x" }));

    [Fact]
    public void Tls_changes_the_scheme_of_the_servers()
    {
        var config = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.enable-ssl = true").WithFallback(NodeConfiguration.Defaults());

        var node = NodeConfiguration.Create(EnvironmentOverrides.Apply(config, ThreeServers));

        Assert.Equal("akka.ssl.tcp://raft@a.example:4053", node.Raft.InitialConfiguration.Servers[0].Address);
    }

    [Theory]
    [InlineData("host.request-timeout = 0s", "host.request-timeout")]
    [InlineData("host.request-timeout = soon", "host.request-timeout")]
    [InlineData("host.http.max-connections = 0", "host.http.max-connections")]
    [InlineData("host.http.max-watchers = many", "host.http.max-watchers")]
    [InlineData("host.http.max-sessions-per-client = -1", "host.http.max-sessions-per-client")]
    [InlineData("host.http.max-memory = 1MiB", "host.http.max-memory")]
    [InlineData("host.http.max-memory = much", "host.http.max-memory")]
    [InlineData("host.http.allowed-hosts = raft.example.com", "host.http.allowed-hosts")]
    [InlineData("host.system-name = \"a b\"", "host.system-name")]
    [InlineData("akka.remote.dot-netty.tcp.port = many", "akka.remote.dot-netty.tcp.port")]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = 128000b", "maximum-frame-size")]
    public void A_bad_setting_is_refused_by_name(string hocon, string named)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(NodeConfiguration.Defaults());

        var refused = Assert.Throws<RaftConfigurationException>(() => NodeConfiguration.Create(EnvironmentOverrides.Apply(config, ThreeServers)));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node.conf")]
    [InlineData("node.conf", "sqlite.conf")]
    [InlineData("node.conf", "postgres.conf")]
    [InlineData("node.conf", "tls.conf")]
    [InlineData("node.conf", "cluster.conf")]
    public void The_files_in_hocon_make_a_node(params string[] files)
    {
        var config = NodeConfiguration.WithFiles(NodeConfiguration.Defaults(), files.Select(HoconFiles.PathOf));

        var node = NodeConfiguration.Create(config);

        Assert.Equal("n1", node.Raft.ServerId.Value);
        Assert.Equal(3, node.Raft.InitialConfiguration.Voters.Length);
    }

    [Fact]
    public void Servers_that_find_one_another_need_no_more_than_the_seed_nodes()
    {
        var file = NodeConfiguration.WithFiles(NodeConfiguration.Defaults(), [HoconFiles.PathOf("discovery.conf")]);
        var environment = new Dictionary<string, string> { ["RAFT_SEEDS"] = "n1:4053, n2:4054", ["RAFT_BIND_HOST"] = "0.0.0.0", ["RAFT_BOOTSTRAP_EXPECT"] = "5" };
        var node = NodeConfiguration.Create(EnvironmentOverrides.Apply(file, environment));
        Assert.Equal(System.Net.Dns.GetHostName(), node.Raft.ServerId.Value);
        Assert.Equal((true, "raft", 5), (node.Raft.Discovery.Enabled, node.Raft.Discovery.Role, node.Raft.Discovery.BootstrapExpect));
        Assert.Equal(["akka.tcp://raft@n1:4053", "akka.tcp://raft@n2:4054"], node.System.GetStringList("akka.cluster.seed-nodes"));
        Assert.Equal(System.Net.Dns.GetHostName(), node.System.GetString("akka.remote.dot-netty.tcp.public-hostname"));
        Assert.Equal("", node.System.GetString("akka.cluster.downing-provider-class"));

        environment["RAFT_SERVER_ID"] = "n7";
        environment["RAFT_HOST"] = "n7.example";
        var named = NodeConfiguration.Create(EnvironmentOverrides.Apply(file, environment));
        Assert.Equal(("n7", "n7.example"), (named.Raft.ServerId.Value, named.System.GetString("akka.remote.dot-netty.tcp.public-hostname")));
    }

    [Fact]
    public void A_mistake_that_only_akkas_parser_finds_is_reported_with_its_line()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["bad.conf"], "a = 1\nb { c { d = 1 }, e = 2 }\n");

        var refused = Assert.Throws<RaftConfigurationException>(() => NodeConfiguration.WithFiles(Config.Empty, [directory["bad.conf"]]));

        Assert.Contains("bad.conf' is not HOCON: line 2: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raft.hartbeat-timeout = 1s", "raft.heartbeat-timeout")]
    [InlineData("host.http-uri = x", "host.http-url")]
    [InlineData("host.development.http-port = 3", "host.development.http-ports")]
    [InlineData("host.http.allowed-host = []", "host.http.allowed-hosts")]
    public void A_misspelt_key_is_refused_with_the_nearest(string hocon, string nearest)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(NodeConfiguration.Defaults());

        var refused = Assert.Throws<RaftConfigurationException>(() => NodeConfiguration.Create(EnvironmentOverrides.Apply(config, ThreeServers)));

        Assert.Contains($"the nearest is {nearest}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        var refused = Assert.Throws<RaftConfigurationException>(() => NodeConfiguration.WithFiles(Config.Empty, ["/no/such.conf"]));

        Assert.Contains("/no/such.conf", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_development_cluster_has_three_servers_that_know_each_other()
    {
        var servers = DevelopmentCluster.Configurations(NodeConfiguration.Development().WithFallback(NodeConfiguration.Defaults()));

        Assert.Equal(["n1", "n2", "n3"], servers.Select(static server => server.Raft.ServerId.Value));
        Assert.Equal([4053, 4054, 4055], servers.Select(static server => server.RemotePort));
        Assert.Equal([8080, 8081, 8082], servers.Select(static server => server.Host.Http.Port));
        Assert.All(servers, static server => Assert.Equal(3, server.Raft.InitialConfiguration.Voters.Length));
    }

    [Theory]
    [InlineData("host.development.http-ports = [1, 2]")]
    [InlineData("host.development.http-ports = [4053, 2, 3]")]
    [InlineData("host.development.http-ports = [1, 2, x]")]
    [InlineData("host.development.http-ports = [1, 2, 70000]")]
    public void Development_ports_must_fit(string hocon) => Assert.Throws<RaftConfigurationException>(() => DevelopmentCluster.Configurations(
        ConfigurationFactory.ParseString(hocon).WithFallback(NodeConfiguration.Development()).WithFallback(NodeConfiguration.Defaults())));

    [Theory]
    [InlineData(128000, 100 * 1024, true)]
    [InlineData(104 * 1024, 100 * 1024, true)]
    [InlineData((104 * 1024) - 1, 100 * 1024, false)]
    public void A_command_must_fit_into_a_frame(int frame, int command, bool fits)
    {
        var config = ConfigurationFactory.ParseString(
            $"akka.remote {{ enabled-transports = [\"akka.remote.dot-netty.tcp\"], dot-netty.tcp.maximum-frame-size = {frame}b }}");
        var settings = new RaftSettings { Group = "kv", ServerId = new("n1"), Intake = new IntakeSettings { MaxCommandBytes = command } };

        var refused = Record.Exception(() => FrameSizeCheck.Validate(config, settings));

        Assert.Equal(fits, refused is null);
        Assert.True(fits || (refused is RaftConfigurationException && refused.Message.Contains("raft.intake.max-command-bytes", StringComparison.Ordinal)));
    }

    [Fact]
    public void Messages_of_many_entries_must_fit_into_a_frame_too()
    {
        var config = ConfigurationFactory.ParseString(
            "akka.remote { enabled-transports = [\"akka.remote.dot-netty.tcp\"], dot-netty.tcp.maximum-frame-size = 128000b }");
        var settings = new RaftSettings
        {
            Group = "kv",
            ServerId = new("n1"),
            Replication = new ReplicationSettings { MaxBytesPerMessage = 128 * 1024 },
        };

        var refused = Assert.Throws<RaftConfigurationException>(() => FrameSizeCheck.Validate(config, settings));

        Assert.Contains("raft.replication.max-bytes-per-message", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_local_actor_system_has_no_frames() => FrameSizeCheck.Validate(
        ConfigurationFactory.ParseString("akka.actor.provider = local"), new RaftSettings { Group = "kv", ServerId = new("n1") });

    private static NodeConfiguration FromEnvironment(Dictionary<string, string> more)
    {
        var environment = new Dictionary<string, string>(ThreeServers);
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return NodeConfiguration.Create(EnvironmentOverrides.Apply(NodeConfiguration.Defaults(), environment));
    }
}
