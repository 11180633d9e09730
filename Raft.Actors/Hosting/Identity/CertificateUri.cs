using System.Diagnostics.CodeAnalysis;
using Raft.Actors.Model;

namespace Raft.Actors.Hosting.Identity;

/// <summary>
/// How a certificate says whose it is: by a URI among its alternative names. See <c>raft.tls</c> in reference.conf.
/// </summary>
[SuppressMessage("Design", "CA1055", Justification = "A Uri would write the group's name in small letters.")]
public static class CertificateUri
{
    private const string Scheme = "raft://";

    /// <summary>A server of a group: <c>raft://GROUP/server/ID</c>. A certificate may name several.</summary>
    /// <param name="group">The group's name.</param>
    /// <param name="server">The server's id.</param>
    public static string OfServer(string group, ServerId server) => $"{Scheme}{group}/server/{server.Value}";

    /// <summary>A client of a group: <c>raft://GROUP/client/NAME</c>.</summary>
    /// <param name="group">The group's name.</param>
    /// <param name="name">The client's name; the rule of <see cref="ServerId"/>.</param>
    public static string OfClient(string group, string name) => $"{Scheme}{group}/client/{name}";

    /// <summary>Reads one to the letter; false for any other URI, which says nothing.</summary>
    internal static bool TryParse(string text, out string group, out string name, out bool isServer)
    {
        (group, name, isServer) = (string.Empty, string.Empty, false);
        string[] parts = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..].Split('/') : [];
        if (parts is not [_, "server" or "client", _] || !ServerId.IsValid(parts[0]) || !ServerId.IsValid(parts[2]))
        {
            return false;
        }

        (group, name, isServer) = (parts[0], parts[2], parts[1] == "server");
        return true;
    }
}
