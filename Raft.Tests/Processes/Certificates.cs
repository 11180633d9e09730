using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Raft.Tests.Processes;

/// <summary>What is wrong with a certificate.</summary>
public enum CertificateFault
{
    None,
    Expired,
    EndsSoon,
    SelfSigned,
    WrongName,
}

/// <summary>A certificate authority of a test's own, and what it signs.</summary>
internal sealed class Certificates : IDisposable
{
    public const string Password = "of the test";

    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly X509Certificate2 _authority;

    public Certificates(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(From, From.AddDays(100));
    }

    /// <summary>Writes the authority's certificate, for SSL_CERT_FILE.</summary>
    public string WriteAuthority(string path)
    {
        File.WriteAllText(path, _authority.ExportCertificatePem());
        return path;
    }

    /// <summary>What turns mutual TLS on.</summary>
    /// <param name="certificate">The file with what is shown.</param>
    /// <param name="suppress">Whether whoever connects is trusted.</param>
    public static string Settings(string certificate, bool suppress = false) => $$"""

        akka.remote.dot-netty.tcp {
          enable-ssl = true
          ssl {
            suppress-validation = {{(suppress ? "on" : "off")}}
            require-mutual-authentication = true
            validate-certificate-hostname = true
            certificate { path = "{{certificate}}", password = "{{Password}}" }
          }
        }

        """;

    /// <summary>What who trusts this authority alone holds a certificate against.</summary>
    public X509ChainPolicy Trust => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509CertificateLoader.LoadCertificate(_authority.RawData) },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    /// <summary>Writes a server's certificate for 127.0.0.1, with its key, as PKCS #12.</summary>
    /// <param name="path">Where to; the file's name is the certificate's common name.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="uris">Whose it says that it is.</param>
    public string WriteServer(string path, CertificateFault fault = CertificateFault.None, params string[] uris)
    {
        using var certificate = Server(Path.GetFileNameWithoutExtension(path), fault, uris);

        // At once, as who operates servers should do it: nobody reads half a file.
        File.WriteAllBytes(path + ".new", certificate.Export(X509ContentType.Pkcs12, Password));
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }

    /// <summary>Makes a server's certificate for 127.0.0.1.</summary>
    public X509Certificate2 Server(string name, CertificateFault fault = CertificateFault.None, params string[] uris)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (fault == CertificateFault.WrongName)
        {
            names.AddDnsName("elsewhere.example");
        }
        else
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        foreach (var uri in uris)
        {
            names.AddUri(new Uri(uri));
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        var end = fault switch
        {
            CertificateFault.Expired => DateTimeOffset.UtcNow.AddMinutes(-5),
            CertificateFault.EndsSoon => DateTimeOffset.UtcNow.AddDays(3),
            _ => From.AddDays(90),
        };
        if (fault == CertificateFault.SelfSigned)
        {
            return request.CreateSelfSigned(From, end);
        }

        using var signed = request.Create(
            _authority.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_authority.GetECDsaPrivateKey()!),
            From,
            end,
            RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }

    public void Dispose() => _authority.Dispose();
}
