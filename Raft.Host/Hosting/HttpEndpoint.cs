using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Raft.Host.Hosting;

/// <summary>Where HTTP is served.</summary>
/// <param name="Address">The address to listen at; null for all addresses of the machine.</param>
/// <param name="Port">The port; 0 lets the operating system choose one.</param>
internal sealed record HttpEndpoint(IPAddress? Address, int Port)
{
    private const string Scheme = "http://";

    /// <summary>Reads <c>http://address:port</c>, where the address is an IP address, localhost or *.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HttpEndpoint? endpoint)
    {
        endpoint = null;
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text[Scheme.Length..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        var host = rest[..colon];
        if (host == "*")
        {
            endpoint = new HttpEndpoint(null, port);
        }
        else if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            endpoint = new HttpEndpoint(IPAddress.Loopback, port);
        }
        else if (host.Contains(':', StringComparison.Ordinal) == host.StartsWith('[')
            && IPAddress.TryParse(host, out var address))
        {
            endpoint = new HttpEndpoint(address, port);
        }

        return endpoint is not null;
    }

    /// <summary>The same address with another port.</summary>
    public HttpEndpoint WithPort(int port) => this with { Port = port };

    /// <inheritdoc />
    public override string ToString() =>
        Address is null ? $"{Scheme}*:{Port}" : $"{Scheme}{new IPEndPoint(Address, Port)}";
}
