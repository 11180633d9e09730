using System.Collections.Immutable;
using System.Net;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>What a request says about who sent it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path as it stands in the request line.</param>
/// <param name="Host">The header Host; empty where there is none.</param>
/// <param name="Origin">The header Origin; null where there is none.</param>
/// <param name="FetchSite">The header Sec-Fetch-Site; null where there is none.</param>
internal sealed record RequestSource(string Method, string Path, string Host, string? Origin, string? FetchSite);

/// <summary>
/// Refuses what a web page of somebody else makes a browser send. A browser reaches what its user's machine reaches, and
/// a form or a script of any page may send it a request. Two headers that no page can leave out or choose tell such a
/// request: Origin and Sec-Fetch-Site. A page whose name suddenly points at this server's address (DNS rebinding) counts as
/// this server's own for the browser: only Host tells it.
/// </summary>
/// <param name="names">
/// The names that clients reach this server by. A name that begins with <c>*.</c> stands for all names below it.
/// </param>
/// <remarks>
/// Host is checked on reads too: after rebinding a page could read every key. Only the two questions of health go to any
/// name, because load balancers ask them by names of their own, and they tell nothing. An address is no name: nobody can point
/// an address at another machine, so that every address will do, also that of a port mapping or of address translation,
/// which this server cannot know. A request without Host is not a browser's.
/// </remarks>
internal sealed class OriginCheck(IEnumerable<string> names)
{
    private const string Loopback = "localhost";
    private const string BelowLoopback = ".localhost";

    // With the dot in front: a.example.com ends with .example.com, and badexample.com does not.
    private readonly ImmutableArray<string> _domains =
        [.. names.Where(NamePattern.IsDomain).Select(static name => name[1..])];

    private readonly ImmutableHashSet<string> _names = names
        .Where(static name => !NamePattern.IsDomain(name))
        .ToImmutableHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a request is refused; null where it is not.</summary>
    public string? Refusal(RequestSource source)
    {
        var changes = !HttpMethods.IsGet(source.Method) && !HttpMethods.IsHead(source.Method);
        if (!IsOwn(NameOf(source.Host)) && (changes || !IsHealth(source.Path)))
        {
            return $"'{RequestTarget.Shortened(source.Host)}' (Host) is no name of this server; "
                + "if clients reach it by this name, add it to host.http.allowed-hosts";
        }

        if (!changes)
        {
            return null;
        }

        if (source.Origin is { } origin && !IsPageOf(origin, source.Host))
        {
            return $"a web page of '{RequestTarget.Shortened(origin)}' (Origin) sent this, "
                + $"and only pages of '{RequestTarget.Shortened(source.Host)}' may change something here";
        }

        return source.FetchSite is not (null or "same-origin" or "none")
            ? $"a web page of another site sent this (Sec-Fetch-Site: {RequestTarget.Shortened(source.FetchSite)}), "
                + "and only this server's own pages may change something here"
            : null;
    }

    private static bool IsHealth(string path) => path is "/health/live" or "/health/ready";

    // A proxy that ends TLS passes the same Host on: the page's scheme is then https.
    private static bool IsPageOf(string origin, string host) =>
        host.Length > 0
        && (string.Equals(origin, "http://" + host, StringComparison.OrdinalIgnoreCase)
            || string.Equals(origin, "https://" + host, StringComparison.OrdinalIgnoreCase));

    private static string NameOf(string host)
    {
        var end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        var (name, port) = end <= 0 ? (host, string.Empty) : (host[..end], host[end..]);
        if (port.Length > 0 && (port[0] != ':' || port.AsSpan(1).ContainsAnyExceptInRange('0', '9')))
        {
            // No name at all, whatever it begins with.
            return host;
        }

        // The dot at the end of a full name.
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
