using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Host.Hosting;
using Xunit;

namespace Raft.Tests.Host;

public sealed class ExposureTests
{
    private const string Everywhere = "akka.remote.dot-netty.tcp { hostname = \"0.0.0.0\", public-hostname = \"127.0.0.1\" }";
    private const string Tls = "akka.remote.dot-netty.tcp { enable-ssl = on, ssl { require-mutual-authentication = on } }";

    [Theory]
    [InlineData("", null)]
    [InlineData("host.http-url = \"http://localhost:80\"", null)]
    [InlineData("host.http-url = \"http://127.9.9.9:80\"", null)]
    [InlineData("host.http-url = \"http://[::1]:80\"", null)]
    [InlineData("host.http-url = \"http://*:80\"", "host.insecure = http")]
    [InlineData("host.http-url = \"http://10.0.0.1:80\"", "host.insecure = http")]
    [InlineData("host.http-url = \"http://[::]:80\"", "host.insecure = http")]
    [InlineData("host { insecure = http, http-url = \"http://*:80\" }", null)]
    [InlineData("host { insecure = on, http-url = \"http://*:80\" }", null)]
    [InlineData(Everywhere, "host.insecure = on")]
    [InlineData(Everywhere + "\nhost.insecure = http", "host.insecure = on")]
    [InlineData(Everywhere + "\nhost.insecure = on", null)]
    [InlineData(Everywhere + "\n" + Tls, null)]
    [InlineData(Everywhere + "\n" + Tls + "\nakka.remote.dot-netty.tcp.ssl.suppress-validation = on", "host.insecure = on")]
    [InlineData(Everywhere + "\n" + Tls + "\nakka.remote.dot-netty.tcp.ssl.require-mutual-authentication = off", "host.insecure = on")]
    [InlineData(Everywhere + "\n" + Tls + "\nhost.http-url = \"http://*:80\"", "host.insecure = http")]
    [InlineData(Everywhere + "\nhost.http-url = \"http://*:80\"", "host.insecure = on")]
    public void Nothing_listens_beyond_the_machine_unless_a_setting_allows_it(string settings, string? wanted)
    {
        var configuration = NodeConfiguration.Create(ConfigurationFactory.ParseString($$"""
            {{settings}}
            raft { server-id = n1, group = kv }
            akka.remote.dot-netty.tcp.port = 4053
            """).WithFallback(ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp.hostname = \"127.0.0.1\""))
            .WithFallback(NodeConfiguration.Defaults()));
        if (wanted is null)
        {
            Assert.Equal(settings.Contains("insecure =", StringComparison.Ordinal), Exposure.Require([configuration]) is not null);
        }
        else
        {
            Assert.Contains(wanted, Assert.Throws<HostStartException>(() => Exposure.Require([configuration])).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("hostname = localhost", false)]
    [InlineData("hostname = \"::1\"", false)]
    [InlineData("hostname = \"::\"", true)]
    [InlineData("hostname = \"no.such.host.invalid\"", false)]
    public void Akka_Remote_is_open_where_it_listens_at_more_than_loopback(string tcp, bool isOpen) => Assert.Equal(
        isOpen, RaftRemoting.ExposureOf(ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp {{ {tcp} }}")) is not null);
}
