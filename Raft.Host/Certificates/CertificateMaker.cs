using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Raft.Host.Certificates;

/// <summary>Makes a group's authority and the certificates that it signs: ECDSA on P-256.</summary>
internal static class CertificateMaker
{
    private const int AuthorityDays = 3650;
    private const string AlternativeNames = "2.5.29.17";
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // Clocks differ: a certificate that is valid from now on is not yet valid on a machine whose clock is behind.
    private static readonly TimeSpan Lead = TimeSpan.FromHours(1);

    /// <summary>Makes an authority that can sign certificates of servers and clients, but not of other authorities.</summary>
    public static X509Certificate2 Authority(string group, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority of Raft group {group}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - Lead, now.AddDays(AuthorityDays));
    }

    /// <summary>Makes a certificate with a new key. It expires no later than its authority's certificate.</summary>
    public static X509Certificate2 Sign(
        X509Certificate2 authority, string group, CertificateOwner owner, int days, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={owner.Name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        // Each side of Akka.Remote connects to the other, clients too.
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: false));
        request.CertificateExtensions.Add(new X509Extension(AlternativeNames, Names(owner, owner.Uri(group)), critical: false));
        var (end, last) = (now.AddDays(days), new DateTimeOffset(authority.NotAfter.ToUniversalTime()));
        using var signed = request.Create(authority, now - Lead, end < last ? end : last, RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>
    /// Written by hand, because .NET's builder writes the group in a URI in small letters, and groups may differ only by case.
    /// </summary>
    private static byte[] Names(CertificateOwner owner, string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var host in owner.Hosts)
            {
                if (IPAddress.TryParse(host, out var address))
                {
                    writer.WriteOctetString(address.GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
                }
                else
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, host, new Asn1Tag(TagClass.ContextSpecific, 2));
                }
            }

            writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return writer.Encode();
    }
}
