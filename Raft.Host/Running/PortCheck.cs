using System.Net;
using System.Net.Sockets;
using Raft.Host.Hosting;

namespace Raft.Host.Running;

/// <summary>
/// Tries a port before it is needed. Kestrel and Akka.Remote would also fail, but with many lines and only after half of
/// the host has started.
/// </summary>
internal static class PortCheck
{
    /// <exception cref="HostStartException">Another program listens there, or the address is not this machine's.</exception>
    public static void RequireFree(string host, int port, string setting)
    {
        if (port == 0)
        {
            return;
        }

        IPAddress address;
        try
        {
            address = IPAddress.TryParse(host, out var literal) ? literal : Dns.GetHostAddresses(host)[0];
        }
        catch (Exception unknown) when (unknown is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw new HostStartException($"the host name '{host}' ({setting}) cannot be resolved: {unknown.Message}", unknown);
        }

        RequireFree(address, port, setting);
    }

    /// <inheritdoc cref="RequireFree(string, int, string)" />
    public static void RequireFree(IPAddress address, int port, string setting)
    {
        if (port == 0)
        {
            return;
        }

        try
        {
            using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(1);
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new HostStartException(
                $"port {port} on {address} is in use ({setting}); stop what listens there or set another port", taken);
        }
        catch (SocketException refused)
        {
            throw new HostStartException($"cannot listen on port {port} of {address} ({setting}): {refused.Message}", refused);
        }
    }
}
