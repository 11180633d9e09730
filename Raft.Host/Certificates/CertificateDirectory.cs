using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Raft.Host.Hosting;

namespace Raft.Host.Certificates;

/// <summary>
/// The files of a group's certificates: <c>authority.pem</c> for all, and a directory for each server and client with its own
/// files. The authority and its key are kept in a directory of their own.
/// </summary>
/// <param name="directory">The directory of the certificates.</param>
/// <param name="authorityDirectory">The directory of the authority's key.</param>
internal sealed class CertificateDirectory(string directory, string authorityDirectory)
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersDirectory = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>The authority's certificate, which all servers and clients get.</summary>
    public string AuthorityFile { get; } = Path.Combine(directory, "authority.pem");

    private string AuthorityCertificate { get; } = Path.Combine(authorityDirectory, "authority.pem");

    private string AuthorityKey { get; } = Path.Combine(authorityDirectory, "authority.key");

    /// <summary>Reads the authority, or makes it if there is none.</summary>
    /// <param name="make">Makes an authority.</param>
    /// <param name="isNew">Whether it was made.</param>
    /// <exception cref="HostStartException">
    /// Half of an authority exists, or another one; the message names the file.
    /// </exception>
    public X509Certificate2 Authority(Func<X509Certificate2> make, out bool isNew)
    {
        var (hasKey, hasCertificate) = (File.Exists(AuthorityKey), File.Exists(AuthorityCertificate));
        isNew = !hasKey && !hasCertificate;
        if (isNew && File.Exists(AuthorityFile))
        {
            throw new HostStartException(
                $"'{AuthorityFile}' exists, but its key '{AuthorityKey}' is missing; say where it is (--authority), "
                + "or use another --out");
        }

        if (hasKey != hasCertificate)
        {
            throw new HostStartException(
                $"'{(hasKey ? AuthorityCertificate : AuthorityKey)}' is missing, "
                + $"but '{(hasKey ? AuthorityKey : AuthorityCertificate)}' exists; bring the missing file back, "
                + "or use another --authority");
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
            throw new HostStartException(
                $"'{AuthorityFile}' does not hold the authority '{AuthorityCertificate}'; use another --out or --authority");
        }

        return authority;
    }

    /// <summary>A server's or client's file that holds its certificate and its key.</summary>
    public string Pfx(CertificateOwner owner) => Path.Combine(directory, owner.Name, owner.Name + ".pfx");

    /// <summary>Whether the owner has a certificate.</summary>
    public bool Has(CertificateOwner owner) => File.Exists(Pfx(owner));

    /// <summary>Writes a certificate with its key, as .pfx and as PEM. A file gets its name only when it is complete.</summary>
    public void Write(CertificateOwner owner, X509Certificate2 certificate)
    {
        var place = Path.Combine(directory, owner.Name);
        MakeDirectory(place);
        var key = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        Write(Path.Combine(place, owner.Name + ".key"), key, isSecret: true);
        Write(Path.Combine(place, owner.Name + ".pem"), certificate.ExportCertificatePem(), isSecret: false);

        // Last, because this file says that the certificate was made, and a running host watches it.
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
                $"'{AuthorityCertificate}' and '{AuthorityKey}' are not an authority made by this command: {malformed.Message}",
                malformed);
        }
    }

    private static void Write(string path, string text, bool isSecret) =>
        Write(path, System.Text.Encoding.ASCII.GetBytes(text.EndsWith('\n') ? text : text + "\n"), isSecret);

    private static void Write(string path, byte[] bytes, bool isSecret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            // At creation: changing the mode afterwards would leave a moment in which others can read the file.
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
