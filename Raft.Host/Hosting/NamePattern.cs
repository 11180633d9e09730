namespace Raft.Host.Hosting;

/// <summary>The names of <c>host.http.allowed-hosts</c>: DNS names, and <c>*.</c> with a name for all names below it.</summary>
internal static class NamePattern
{
    private const string AnyBelow = "*.";

    /// <summary>Whether a text can be one of the names: a DNS name, or <c>*.</c> and one; no port, no address.</summary>
    public static bool IsName(string text) =>
        Uri.CheckHostName(IsDomain(text) ? text[AnyBelow.Length..] : text) == UriHostNameType.Dns;

    /// <summary>Whether it stands for all names below one.</summary>
    public static bool IsDomain(string name) => name.StartsWith(AnyBelow, StringComparison.Ordinal);
}
