using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Raft.Actors.Hosting.Identity;

/// <summary>Whose a certificate is. That its authority is the group's has been checked by then, and is not looked at
/// here.</summary>
internal sealed class CertificateHolder
{
    private const string AlternativeNames = "2.5.29.17";

    private readonly X509Certificate2? _certificate;

    private CertificateHolder(
        X509Certificate2? certificate, ImmutableArray<HolderName> servers, ImmutableArray<HolderName> clients) =>
        (_certificate, Servers, Clients) = (certificate, servers, clients);

    /// <summary>A peer that has shown no certificate.</summary>
    public static CertificateHolder Nobody { get; } = new(null, [], []);

    /// <summary>The servers that it names; one, as a rule.</summary>
    public ImmutableArray<HolderName> Servers { get; }

    /// <summary>The clients that it names.</summary>
    public ImmutableArray<HolderName> Clients { get; }

    /// <summary>Whether it names a server or a client.</summary>
    public bool HasName => !Servers.IsEmpty || !Clients.IsEmpty;

    /// <summary>Reads a certificate's names.</summary>
    /// <param name="certificate">What the peer has shown.</param>
    /// <param name="listed">Certificates that are some server's by a list, and not by a URI.</param>
    public static CertificateHolder Of(X509Certificate2 certificate, ImmutableArray<ListedCertificate> listed)
    {
        // A copy: that of the connection goes with it.
        var copy = X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);
        var uris = UrisOf(copy);
        var (servers, clients) = (ImmutableArray.CreateBuilder<HolderName>(), ImmutableArray.CreateBuilder<HolderName>());
        foreach (var uri in uris)
        {
            if (CertificateUri.TryParse(uri, out var group, out var name, out var isServer))
            {
                (isServer ? servers : clients).Add(new HolderName(group, name));
            }
        }

        if (!listed.IsEmpty)
        {
            HashSet<string> names =
            [
                ListedCertificate.OfThumbprint(copy.GetCertHashString(HashAlgorithmName.SHA256)),
                .. uris,
                .. copy.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                    .SelectMany(static names => names.EnumerateDnsNames()),
                copy.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            ];
            servers.AddRange(listed.Where(one => names.Contains(one.Name)).Select(static one => one.Server).Distinct());
        }

        return new CertificateHolder(copy, [.. servers.Distinct()], clients.ToImmutable());
    }

    /// <summary>Whether it is that server's.</summary>
    public bool Is(ReadOnlySpan<byte> group, ReadOnlySpan<byte> server)
    {
        foreach (var own in Servers)
        {
            if (own.Is(group, server))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it is that of a server of this id, in whatever group.</summary>
    public bool Is(ReadOnlySpan<byte> server)
    {
        foreach (var own in Servers)
        {
            if (own.Is(server))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it is for a host: a name or an address.</summary>
    public bool IsFor(string host)
    {
        var bare = host.Trim('[', ']');
        try
        {
            return _certificate?.MatchesHostname(bare) ?? false;
        }
        catch (ArgumentException)
        {
            // A name that is no host's name belongs to no server.
            return false;
        }
    }

    /// <inheritdoc />
    public override string ToString() => this switch
    {
        { Servers: [var server, ..] } => $"that of server {server}",
        { Clients: [var client, ..] } => $"that of client {client}",
        { _certificate: { } certificate } => $"({certificate.Subject}) nobody's by name",
        _ => "missing",
    };

    /// <summary>The URIs among the alternative names, which .NET does not list.</summary>
    private static ImmutableArray<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = ImmutableArray.CreateBuilder<string>();
        var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
        foreach (var extension in certificate.Extensions.Where(static extension => extension.Oid?.Value == AlternativeNames))
        {
            try
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    if (names.PeekTag().HasSameClassAndValue(uri))
                    {
                        uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, uri));
                    }
                    else
                    {
                        names.ReadEncodedValue();
                    }
                }
            }
            catch (AsnContentException)
            {
                // The authority has signed something that is no list of names. It names no server.
                return [];
            }
        }

        return uris.ToImmutable();
    }
}
