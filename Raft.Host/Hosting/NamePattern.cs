namespace Raft.Host.Hosting;

/// <summary>The names of <c>host.http.allowed-hosts</c>: a DNS name, or <c>*.</c> and a name for all names below it.</summary>
internal static class NamePattern
{
    private const string AnyBelow = "*.";

    /// <summary>Whether a text may be in the list: a DNS name, or <c>*.</c> and one; no port, no address.</summary>
    public static bool IsName(string text) =>
        Uri.CheckHostName(IsDomain(text) ? text[AnyBelow.Length..] : text) == UriHostNameType.Dns;

    /// <summary>Whether it means all names below a name.</summary>
    public static bool IsDomain(string name) => name.StartsWith(AnyBelow, StringComparison.Ordinal);
}
