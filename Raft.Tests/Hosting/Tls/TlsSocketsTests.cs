using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Raft.Actors.Hosting.Tls;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

public sealed class TlsSocketsTests
{
    private static readonly TlsSettings Settings = new()
    {
        Hostname = "localhost",
        PublicHostname = "localhost",
        Port = 0,
        PublicPort = null,
        MaxFrame = 128_000,
        LittleEndian = true,
        MaxQueuedBytes = 1_000_000,
        SendBuffer = null,
        ReceiveBuffer = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        FlushWait = TimeSpan.FromSeconds(1),
        Backlog = 10,
        NoDelay = true,
        KeepAlive = true,
        ReuseAddress = true,
        PreferIPv6 = false,
        Mutual = true,
        Forgiven = SslPolicyErrors.None,
        Validator = null,
    };

    [Theory]
    [InlineData("10.0.0.3", null, "10.0.0.3")]
    [InlineData("10.0.0.3", "", "10.0.0.3")]
    [InlineData("10.0.0.3", "n3.example", "n3.example")]
    [InlineData("fd00::3", null, "[fd00::3]")]
    [InlineData("10.0.0.3", "fd00::3", "[fd00::3]")]
    public void A_host_stands_in_an_address_as_Akka_writes_it(string ip, string? host, string expected) =>
        Assert.Equal(expected, TlsSockets.HostOf(IPAddress.Parse(ip), host));

    [Theory]
    [InlineData("10.0.0.3", "10.0.0.3", "10.0.0.4")]
    [InlineData("10.0.0.4", "169.254.1.1", "10.0.0.4")]
    [InlineData("fd00::4", "fe80::1", "fd00::4")]
    [InlineData("169.254.1.1", "169.254.1.1", "169.254.1.2")]
    [InlineData(null)]
    public void The_first_address_is_chosen_that_is_not_only_of_this_link(string? expected, params string[] found) =>
        Assert.Equal(expected, TlsSockets.Best([.. found.Select(IPAddress.Parse)])?.ToString());

    [Fact]
    public async Task A_peer_at_every_address_is_looked_for_on_this_machine()
    {
        var sockets = new TlsSockets(Settings with { SendBuffer = 30_000, NoDelay = true, KeepAlive = true });
        using var server = sockets.MakeServer(new IPEndPoint(IPAddress.Loopback, 0));
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen(1);

        using var client = await sockets.ConnectAsync("0.0.0.0", ((IPEndPoint)server.LocalEndPoint!).Port, default);

        Assert.Equal(server.LocalEndPoint, client.RemoteEndPoint);
        Assert.True(client.NoDelay);
        Assert.NotEqual(0, client.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive));
    }

    [Fact]
    public async Task Where_nobody_listens_nobody_is_reached()
    {
        var sockets = new TlsSockets(Settings);
        using var bound = sockets.MakeServer(new IPEndPoint(IPAddress.Loopback, 0));
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await Assert.ThrowsAsync<SocketException>(
            () => sockets.ConnectAsync("127.0.0.1", ((IPEndPoint)bound.LocalEndPoint!).Port, default));
    }
}
