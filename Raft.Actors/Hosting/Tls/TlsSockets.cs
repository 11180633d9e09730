using System.Net;
using System.Net.Sockets;

namespace Raft.Actors.Hosting.Tls;

/// <summary>Makes the sockets of a transport: where they lead to, and with which options.</summary>
/// <param name="settings">The options.</param>
internal sealed class TlsSockets(TlsSettings settings)
{
    /// <summary>A host as it stands in an address of Akka's: IPv6 in brackets.</summary>
    /// <param name="ip">Where the socket is.</param>
    /// <param name="host">What it is called instead; null or empty for its own number.</param>
    public static string HostOf(IPAddress ip, string? host) =>
        string.IsNullOrEmpty(host) ? Text(ip) : IPAddress.TryParse(host, out var number) ? Text(number) : host;

    /// <summary>A socket that is yet to be bound.</summary>
    public Socket MakeServer(IPEndPoint endpoint)
    {
        var server = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, settings.ReuseAddress);
            SetBuffers(server);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a peer. One that is said to be at every address of a machine is looked for on this one.</summary>
    /// <returns>The socket, which the caller disposes.</returns>
    /// <exception cref="SocketException">Nobody answers there, or the name means nothing.</exception>
    /// <exception cref="OperationCanceledException">Patience came to its end.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken patience)
    {
        var endpoint = await ResolveAsync(host, port, patience).ConfigureAwait(false);
        if (endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            endpoint.Address = endpoint.AddressFamily == AddressFamily.InterNetworkV6
                ? IPAddress.IPv6Loopback
                : IPAddress.Loopback;
        }

        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SetBuffers(socket);
            Configure(socket);
            await socket.ConnectAsync(endpoint, patience).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where a name leads to.</summary>
    /// <exception cref="SocketException">Nowhere, with the wanted family of addresses.</exception>
    public async Task<IPEndPoint> ResolveAsync(string host, int port, CancellationToken patience)
    {
        if (IPAddress.TryParse(host, out var ip))
        {
            return new IPEndPoint(ip, port);
        }

        var family = settings.PreferIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var found = await Dns.GetHostAddressesAsync(host, family, patience).ConfigureAwait(false);
        return new IPEndPoint(Best(found) ?? throw new SocketException((int)SocketError.HostNotFound), port);
    }

    /// <summary>As Akka chooses it: the first one, rather none that is only of this link; null for none.</summary>
    public static IPAddress? Best(IReadOnlyCollection<IPAddress> found) =>
        found.FirstOrDefault(static address => !IsOfLink(address)) ?? found.FirstOrDefault();

    /// <summary>Sets what concerns the flow of a connection.</summary>
    public void Configure(Socket socket)
    {
        socket.NoDelay = settings.NoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, settings.KeepAlive);
    }

    private void SetBuffers(Socket socket)
    {
        socket.SendBufferSize = settings.SendBuffer ?? socket.SendBufferSize;
        socket.ReceiveBufferSize = settings.ReceiveBuffer ?? socket.ReceiveBufferSize;
    }

    private static bool IsOfLink(IPAddress address) =>
        address.IsIPv6LinkLocal
        || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);

    private static string Text(IPAddress ip) =>
        ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : ip.ToString();
}
