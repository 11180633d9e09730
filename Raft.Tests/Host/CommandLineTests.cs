using System.Net;
using System.Net.Sockets;
using Raft.Host.CommandLine;
using Raft.Host.Hosting;
using Raft.Host.Running;
using Xunit;

namespace Raft.Tests.Host;

public sealed class CommandLineTests
{
    [Fact]
    public void Without_arguments_the_development_cluster_starts() =>
        Assert.Empty(Assert.IsType<CommandLineArguments.Development>(CommandLineArguments.Parse([])).Files);

    [Fact]
    public void Configuration_files_are_read_in_order() => Assert.Equal(
        ["a", "b"],
        Assert.IsType<CommandLineArguments.Node>(CommandLineArguments.Parse(["node", "--config", "a", "--config=b"])).Files.ToArray());

    [Fact]
    public void Inspect_takes_a_range() => Assert.Equivalent(
        new CommandLineArguments.Inspect(["a"], 5, 9, 3, AsJson: true),
        CommandLineArguments.Parse(["inspect", "--from=5", "--config", "a", "--to", "9", "--json", "--last", "3"]));

    [Fact]
    public void Recover_is_done_only_when_confirmed()
    {
        Assert.Equivalent(
            new CommandLineArguments.Recover([], "n1@a:1", null, IsConfirmed: false), CommandLineArguments.Parse(["recover", "--servers", "n1@a:1"]));
        Assert.Equivalent(
            new CommandLineArguments.Recover([], null, "f", IsConfirmed: true), CommandLineArguments.Parse(["recover", "--yes", "--peers=f"]));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("serve")]
    [InlineData("node", "--nonsense")]
    [InlineData("node", "file")]
    [InlineData("node", "--config")]
    [InlineData("node", "--config=")]
    [InlineData("dev", "-x")]
    [InlineData("--version", "--nonsense")]
    [InlineData("healthcheck", "not a url")]
    [InlineData("healthcheck", "ftp://a")]
    [InlineData("healthcheck", "http://a", "http://b")]
    [InlineData("inspect", "--from", "0")]
    [InlineData("inspect", "--to", "x")]
    [InlineData("inspect", "--last")]
    [InlineData("inspect", "--json=1")]
    [InlineData("inspect", "n1")]
    [InlineData("recover")]
    [InlineData("readmit", "n1")]
    [InlineData("recover", "--yes")]
    [InlineData("recover", "--servers", "n1@a:1", "--peers", "f")]
    public void A_wrong_argument_is_named(params string[] arguments)
    {
        var invalid = Assert.IsType<CommandLineArguments.Invalid>(CommandLineArguments.Parse(arguments));

        Assert.DoesNotContain('\n', invalid.Error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("node", "--help")]
    [InlineData("help")]
    public void Help_is_printed_wherever_the_option_stands(params string[] arguments) =>
        Assert.IsType<CommandLineArguments.Help>(CommandLineArguments.Parse(arguments));

    [Fact]
    public void Help_lists_every_variable() =>
        Assert.All(EnvironmentOverrides.Table, static variable => Assert.Contains(variable.Name, Usage.Long(), StringComparison.Ordinal));

    [Theory]
    [InlineData(null, null, "http://127.0.0.1:8080/health/ready")]
    [InlineData(null, "http://*:80", "http://127.0.0.1/health/ready")]
    [InlineData(null, "http://[::1]:81", "http://[::1]:81/health/ready")]
    [InlineData("http://a:82", null, "http://a:82/health/ready")]
    [InlineData("http://a:82/health/live", null, "http://a:82/health/live")]
    public void The_health_check_asks_the_server_of_the_configuration(string? url, string? variable, string expected)
    {
        Dictionary<string, string> environment = variable is null ? [] : new() { ["RAFT_HTTP_URL"] = variable };

        Assert.Equal(new Uri(expected), HealthCheckCommand.Target(url is null ? null : new Uri(url), environment));
    }

    [Fact]
    public async Task The_health_check_fails_in_one_line_where_nobody_answers()
    {
        var error = new StringWriter();

        var code = await HealthCheckCommand.RunAsync(new Uri("http://127.0.0.1:1"), new Dictionary<string, string>(), error);

        Assert.Equal(1, code);
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_health_check_passes_before_a_ready_server()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();

        Assert.Equal(0, await HealthCheckCommand.RunAsync(fixture.Client.BaseAddress, new Dictionary<string, string>(), TextWriter.Null));
    }

    [Fact]
    public void A_port_in_use_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var refused = Assert.Throws<HostStartException>(() => PortCheck.RequireFree("127.0.0.1", port, "host.http-url"));

        Assert.Contains($"port {port}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Any_message_becomes_one_line() => Assert.Equal("a b c", OneLine.Of("a\r\n  b\n\nc\n"));
}
