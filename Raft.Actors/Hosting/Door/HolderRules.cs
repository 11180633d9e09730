using Raft.Actors.Hosting.Identity;
using Raft.Actors.Serialization;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// What a peer may say, by the holder of its certificate. The certificate decides who the peer is. What a message says of its
/// sender is compared with that, in the frame itself.
/// </summary>
/// <param name="settings">The certificates of servers and clients.</param>
/// <param name="checksHosts">Whether certificates are for hosts (<c>ssl.validate-certificate-hostname</c>).</param>
internal sealed class HolderRules(IdentitySettings settings, bool checksHosts)
{
    /// <summary>What becomes of what is refused here.</summary>
    public IdentityMode Mode => settings.Mode;

    /// <summary>Why a message is refused that the door would let in from anyone; null: it is let in.</summary>
    /// <param name="holder">Whose certificate the peer has shown.</param>
    /// <param name="serializer">The number of the message's serializer.</param>
    /// <param name="manifest">The message's manifest.</param>
    /// <param name="message">The message.</param>
    public Refusal? CheckMessage(
        CertificateHolder holder, int serializer, ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> message) =>
        Mode == IdentityMode.Off ? null : serializer switch
        {
            RaftMessageSerializer.FixedIdentifier => CheckOwn(holder, manifest, message),
            AkkaSerializers.Cluster when holder.Servers.IsEmpty && !settings.ClientsInCluster => new Refusal(
                RefusalKind.NoServer, serializer, $"message '{Refusal.Clean(manifest)}' of Akka.Cluster", holder.ToString()),
            _ => null,
        };

    /// <summary>
    /// Why a handshake is refused; null if it is not. In it a peer says its address, and Akka.NET believes it: a new number
    /// with a server's address means that the server was started anew, and ends the present connection of the two.
    /// </summary>
    /// <param name="holder">Whose certificate the peer has shown.</param>
    /// <param name="name">The host.</param>
    /// <param name="port">The port.</param>
    public Refusal? CheckHandshake(CertificateHolder holder, ReadOnlySpan<byte> name, int port)
    {
        if (Mode == IdentityMode.Off)
        {
            return null;
        }

        var host = Refusal.Clean(name);
        var objection = settings.ObjectionTo(holder, host, port)
            ?? (checksHosts && !holder.IsFor(host) ? $"is {holder}, and not for '{host}', where it says that it is" : null);
        return objection is null ? null : new Refusal(RefusalKind.Address, Text: objection);
    }

    private static Refusal? CheckOwn(CertificateHolder holder, ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> message)
    {
        try
        {
            switch (Speakers.Of(manifest))
            {
                case Speaker.HeadersServer:
                    Speakers.ReadHeader(message, out var group, out var from);
                    return holder.Is(group, from) ? null : Impersonation(
                        holder, manifest, $"'{Refusal.Clean(from)}' of group '{Refusal.Clean(group)}'");
                case Speaker.FirstFieldsServer:
                    var server = Speakers.ReadFirstField(message);
                    return holder.Is(server) ? null : Impersonation(holder, manifest, $"'{Refusal.Clean(server)}'");
                case Speaker.AnyServer when holder.Servers.IsEmpty:
                    return new Refusal(
                        RefusalKind.NoServer, Text: $"answer '{Refusal.Clean(manifest)}'", Holder: holder.ToString());
                default:
                    return null;
            }
        }
        catch (MalformedMessageException)
        {
            return new Refusal(RefusalKind.Malformed);
        }
    }

    private static Refusal Impersonation(CertificateHolder holder, ReadOnlySpan<byte> manifest, string claimed) =>
        new(RefusalKind.Impersonation, Text: $"'{Refusal.Clean(manifest)}' of server {claimed}", Holder: holder.ToString());
}
