using System.Collections.Immutable;
using System.Net;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Model;

namespace Raft.Host.Certificates;

/// <summary>A server or client that gets a certificate.</summary>
/// <param name="Name">A server's id, or a client's name.</param>
/// <param name="IsServer">Whether it is a server.</param>
/// <param name="Hosts">The names and addresses by which the others reach it.</param>
internal sealed record CertificateOwner(string Name, bool IsServer, ImmutableArray<string> Hosts)
{
    /// <summary>The URI by which the certificate names its owner.</summary>
    public string Uri(string group) =>
        IsServer ? CertificateUri.OfServer(group, new ServerId(Name)) : CertificateUri.OfClient(group, Name);

    /// <summary>Reads <c>n1=host,n2=host+10.0.0.2,n3</c>. Without a host, the name is the host's name too.</summary>
    /// <exception cref="FormatException">The text has another form; the message says what is wrong.</exception>
    public static ImmutableArray<CertificateOwner> Parse(string option, string text, bool isServer) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(item => ParseOne(option, item, isServer))];

    private static CertificateOwner ParseOne(string option, string item, bool isServer)
    {
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? item : item[..equals];
        var hosts = equals < 0 ? [name] : item[(equals + 1)..].Split('+', StringSplitOptions.TrimEntries);
        if (!ServerId.IsValid(name) || name is "authority" or "." or "..")
        {
            throw new FormatException(
                $"{option}: '{name}' is not a name; "
                + $"use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -, not 'authority'");
        }

        return hosts.FirstOrDefault(static host => !IsHost(host)) is { } wrong
            ? throw new FormatException(
                $"{option}: '{wrong}' is not a host name or an address; "
                + $"use {name}=host.example or {name}=host.example+10.0.0.1")
            : new CertificateOwner(name, isServer, [.. hosts]);
    }

    private static bool IsHost(string host) =>
        IPAddress.TryParse(host, out _) || (host.Length <= 253 && host.Split('.').All(static label =>
            label.Length is > 0 and <= 63
            && label.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')));
}
