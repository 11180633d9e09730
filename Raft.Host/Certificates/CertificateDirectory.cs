using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Raft.Host.Hosting;

namespace Raft.Host.Certificates;

/// <summary>
/// Where a group's certificates are kept: <c>authority.pem</c> for all, a directory for each server and client with what it alone
/// gets, and the authority with its key apart.
/// </summary>
/// <param name="directory">Where.</param>
/// <param name="authorityDirectory">Where the authority's key is.</param>
internal sealed class CertificateDirectory(string directory, string authorityDirectory)
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersDirectory = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>What all servers and clients get: the authority's certificate.</summary>
    public string AuthorityFile { get; } = Path.Combine(directory, "authority.pem");

    private string AuthorityCertificate { get; } = Path.Combine(authorityDirectory, "authority.pem");

    private string AuthorityKey { get; } = Path.Combine(authorityDirectory, "authority.key");

    /// <summary>Reads the authority, or makes it where there is none.</summary>
    /// <param name="make">Makes it.</param>
    /// <param name="isNew">Whether it was made.</param>
    /// <exception cref="HostStartException">There is half of one, or another one; the message names the file.</exception>
    public X509Certificate2 Authority(Func<X509Certificate2> make, out bool isNew)
    {
        var (hasKey, hasCertificate) = (File.Exists(AuthorityKey), File.Exists(AuthorityCertificate));
        isNew = !hasKey && !hasCertificate;
        if (isNew && File.Exists(AuthorityFile))
        {
            throw new HostStartException(
                $"there is '{AuthorityFile}', and its key '{AuthorityKey}' is missing; say where it is (--authority), or take another --out");
        }

        if (hasKey != hasCertificate)
        {
            throw new HostStartException(
                $"'{(hasKey ? AuthorityCertificate : AuthorityKey)}' is missing, and '{(hasKey ? AuthorityKey : AuthorityCertificate)}' is there; "
                + "bring it back, or take another --authority");
        }

        X509Certificate2 authority;
        if (isNew)
        {
            authority = make();
            MakeDirectory(authorityDirectory);
            Write(AuthorityKey, authority.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), isSecret: true);
            Write(AuthorityCertificate, authority.ExportCertificatePem(), isSecret: false);
        }
        else
        {
            authority = ReadAuthority();
        }

        var pem = authority.ExportCertificatePem() + "\n";
        if (!File.Exists(AuthorityFile))
        {
            Directory.CreateDirectory(directory);
            Write(AuthorityFile, pem, isSecret: false);
        }
        else if (!File.ReadAllText(AuthorityFile).Contains(pem.Trim(), StringComparison.Ordinal))
        {
            throw new HostStartException($"'{AuthorityFile}' does not hold the authority '{AuthorityCertificate}'; take another --out or --authority");
        }

        return authority;
    }

    /// <summary>A server's or client's file that holds its certificate and its key.</summary>
    public string Pfx(CertificateOwner owner) => Path.Combine(directory, owner.Name, owner.Name + ".pfx");

    /// <summary>Whether there is a certificate of that name.</summary>
    public bool Has(CertificateOwner owner) => File.Exists(Pfx(owner));

    /// <summary>Writes a certificate with its key, as .pfx and as PEM; each file is whole when it has its name.</summary>
    public void Write(CertificateOwner owner, X509Certificate2 certificate)
    {
        var place = Path.Combine(directory, owner.Name);
        MakeDirectory(place);
        Write(Path.Combine(place, owner.Name + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), isSecret: true);
        Write(Path.Combine(place, owner.Name + ".pem"), certificate.ExportCertificatePem(), isSecret: false);

        // The last one: it is by this that a certificate counts as made, and a running host looks at it.
        Write(Pfx(owner), certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, password: null), isSecret: true);
    }

    private X509Certificate2 ReadAuthority()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(AuthorityCertificate, AuthorityKey);
        }
        catch (CryptographicException malformed)
        {
            throw new HostStartException(
                $"'{AuthorityCertificate}' and '{AuthorityKey}' are no authority that this command has made: {malformed.Message}", malformed);
        }
    }

    private static void Write(string path, string text, bool isSecret) =>
        Write(path, System.Text.Encoding.ASCII.GetBytes(text.EndsWith('\n') ? text : text + "\n"), isSecret);

    private static void Write(string path, byte[] bytes, bool isSecret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            // From its first moment on, and not when it is there.
            options.UnixCreateMode = OwnersFile;
        }

        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnersDirectory);
        }
    }
}
