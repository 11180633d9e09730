using System.Collections.Immutable;
using System.Net;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>The parts of a request that say who sent it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, as in the request line.</param>
/// <param name="Host">The header Host; empty if there is none.</param>
/// <param name="Origin">The header Origin; null if there is none.</param>
/// <param name="FetchSite">The header Sec-Fetch-Site; null if there is none.</param>
internal sealed record RequestSource(string Method, string Path, string Host, string? Origin, string? FetchSite);

/// <summary>
/// Refuses requests that a foreign web page makes a browser send. A browser reaches everything that its user's machine
/// reaches, and a form or a script of any page may send requests there. Two headers that no page can omit or choose give
/// such a request away: Origin and Sec-Fetch-Site. A page whose name suddenly points at this server's address (DNS
/// rebinding) is this server's own page to the browser; only Host gives it away.
/// </summary>
/// <param name="names">
/// The names by which clients reach this server. A name that begins with <c>*.</c> means all names below it.
/// </param>
/// <remarks>
/// Host is checked on reads too: after rebinding, a page could read every key. Only the two health requests accept any name,
/// because load balancers use names of their own and the answers tell nothing. An address is not a name: nobody can point it
/// at another machine. So every address is accepted, including one of a port mapping or of address translation, which this
/// server cannot know. A request without Host is not a browser's.
/// </remarks>
internal sealed class OriginCheck(IEnumerable<string> names)
{
    private const string Loopback = "localhost";
    private const string BelowLoopback = ".localhost";

    // With the leading dot: a.example.com ends with .example.com, but badexample.com does not.
    private readonly ImmutableArray<string> _domains =
        [.. names.Where(NamePattern.IsDomain).Select(static name => name[1..])];

    private readonly ImmutableHashSet<string> _names = names
        .Where(static name => !NamePattern.IsDomain(name))
        .ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a request is refused; null if it is not.</summary>
    public string? Refusal(RequestSource source)
    {
        var changes = !HttpMethods.IsGet(source.Method) && !HttpMethods.IsHead(source.Method);
        if (!IsOwn(NameOf(source.Host)) && (changes || !IsHealth(source.Path)))
        {
            return $"'{RequestTarget.Shortened(source.Host)}' (Host) is not a name of this server; "
                + "if clients reach it by this name, add it to host.http.allowed-hosts";
        }

        if (!changes)
        {
            return null;
        }

        if (source.Origin is { } origin && !IsPageOf(origin, source.Host))
        {
            return $"a web page of '{RequestTarget.Shortened(origin)}' (Origin) sent this request, "
                + $"but only pages of '{RequestTarget.Shortened(source.Host)}' may change anything here";
        }

        return source.FetchSite is not (null or "same-origin" or "none")
            ? $"a web page of another site sent this request (Sec-Fetch-Site: {RequestTarget.Shortened(source.FetchSite)}), "
                + "but only this server's own pages may change anything here"
            : null;
    }

    private static bool IsHealth(string path) => path is "/health/live" or "/health/ready";

    // Behind a proxy that ends TLS and passes Host on, the page's scheme is https.
    private static bool IsPageOf(string origin, string host) =>
        host.Length > 0
        && (string.Equals(origin, "http://" + host, StringComparison.OrdinalIgnoreCase)
            || string.Equals(origin, "https://" + host, StringComparison.OrdinalIgnoreCase));

    private static string NameOf(string host)
    {
        var end = host.StartsWith('[')
            ? host.IndexOf(']', StringComparison.Ordinal) + 1
            : host.IndexOf(':', StringComparison.Ordinal);
        var (name, port) = end <= 0 ? (host, string.Empty) : (host[..end], host[end..]);
        if (port.Length > 0 && (port[0] != ':' || port.AsSpan(1).ContainsAnyExceptInRange('0', '9')))
        {
            // Not a name with a port: return all of it, so that it matches no name.
            return host;
        }

        // A full name may end with a dot.
        return name.EndsWith('.') ? name[..^1] : name;
    }

    private bool IsOwn(string name) =>
        name.Length == 0
        || name.Equals(Loopback, StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(BelowLoopback, StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(name, out _)
        || _names.Contains(name)
        || _domains.Any(domain => name.Length > domain.Length && name.EndsWith(domain, StringComparison.OrdinalIgnoreCase));
}
