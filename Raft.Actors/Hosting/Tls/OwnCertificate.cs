using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// The certificate that this process shows. If it comes from a file, the file is checked at intervals, and a new certificate
/// counts from the next connection on, without a restart.
/// </summary>
internal sealed class OwnCertificate : IDisposable
{
    /// <summary>How often the file is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>From so long before its end on a certificate is warned of.</summary>
    public static readonly TimeSpan Foresight = TimeSpan.FromDays(14);

    private static readonly TimeSpan WarningInterval = TimeSpan.FromDays(1);

    private readonly CertificateFile? _file;
    private readonly ILoggingAdapter _log;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private volatile SslStreamCertificateContext _current;
    private byte[] _bytes;
    private byte[] _unreadable = [];
    private DateTimeOffset _nextWarning = DateTimeOffset.MinValue;

    /// <summary>A certificate out of a file.</summary>
    /// <exception cref="RaftConfigurationException">It cannot be read; the message says why.</exception>
    public OwnCertificate(CertificateFile file, ILoggingAdapter log, TimeProvider time)
        : this(file, file.Read(), log, time)
    {
    }

    /// <summary>A certificate that stays as it is: out of the machine's store, or made by the program.</summary>
    public OwnCertificate(X509Certificate2 certificate, ILoggingAdapter log, TimeProvider time)
        : this(
            null, (SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true), []), log, time)
    {
    }

    private OwnCertificate(
        CertificateFile? file, (SslStreamCertificateContext Context, byte[] Bytes) read, ILoggingAdapter log, TimeProvider time)
    {
        (_file, _log, _time) = (file, log, time);
        (_current, _bytes) = read;
        WarnOfItsEnd();
        _timer = time.CreateTimer(static own => ((OwnCertificate)own!).Refresh(), this, Interval, Interval);
    }

    /// <summary>
    /// What the next connection shows, with the certificates between it and its authority that stood beside it.
    /// </summary>
    public SslStreamCertificateContext Current => _current;

    /// <summary>Looks at the file. One that cannot be used is warned of once, and the one before stays.</summary>
    public void Refresh()
    {
        // A look that takes long (a file system that hangs) is not joined by others.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            if (_file is not null)
            {
                Reload(_file);
            }

            WarnOfItsEnd();
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Reload(CertificateFile file)
    {
        byte[] bytes = [];
        try
        {
            bytes = file.Bytes();
            if (bytes.AsSpan().SequenceEqual(_bytes) || (bytes.Length > 0 && bytes.AsSpan().SequenceEqual(_unreadable)))
            {
                return;
            }

            _current = file.Parse(bytes);
            (_bytes, _unreadable, _nextWarning) = (bytes, [], DateTimeOffset.MinValue);
            var certificate = _current.TargetCertificate;
            _log.Info(
                "has read the new certificate in {0} ({1}, valid until {2}); the next connections show it",
                file.Path, certificate.Subject, CertificateProblem.Moment(certificate.NotAfter));
        }
        catch (RaftConfigurationException unusable)
        {
            // A missing file has no bytes to know it by: it counts as seen until there is one again.
            byte[] seen = bytes.Length == 0 ? [0] : bytes;
            if (!seen.AsSpan().SequenceEqual(_unreadable))
            {
                _log.Warning(
                    "keeps the certificate that it has, valid until {0}, because the new one cannot be used: {1}",
                    CertificateProblem.Moment(_current.TargetCertificate.NotAfter), unusable.Message);
            }

            _unreadable = seen;
        }
    }

    private void WarnOfItsEnd()
    {
        var now = _time.GetUtcNow();
        var end = _current.TargetCertificate.NotAfter.ToUniversalTime();
        if (end - now > Foresight || now < _nextWarning)
        {
            return;
        }

        _nextWarning = now + WarningInterval;
        _log.Warning(
            end < now
                ? "this server's own certificate ({0}) expired at {1}: the others refuse it. "
                    + "Put a new one in its place, and it is taken up"
                : "this server's own certificate ({0}) expires at {1}. Put a new one in its place, and it is taken up",
            _current.TargetCertificate.Subject, CertificateProblem.Moment(end));
    }
}

/// <summary>A PKCS #12 file with a certificate and its key.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Password">What it is locked with.</param>
/// <param name="Flags">Where .NET keeps the key.</param>
internal sealed record CertificateFile(string Path, string Password, X509KeyStorageFlags Flags)
{
    private const string Setting = "akka.remote.dot-netty.tcp.ssl.certificate";

    /// <summary>Reads and understands it.</summary>
    /// <exception cref="RaftConfigurationException">It cannot be; the message says why.</exception>
    public (SslStreamCertificateContext Context, byte[] Bytes) Read()
    {
        var bytes = Bytes();
        return (Parse(bytes), bytes);
    }

    /// <summary>What is in it.</summary>
    /// <exception cref="RaftConfigurationException">It cannot be read; the message says why.</exception>
    public byte[] Bytes()
    {
        if (Path.Length == 0)
        {
            throw new RaftConfigurationException(
                $"{Setting}.path is not set; with enable-ssl it must name a .pfx file (PKCS #12)");
        }

        try
        {
            return File.ReadAllBytes(Path);
        }
        catch (Exception unreadable) when (unreadable is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RaftConfigurationException($"{Setting}.path = '{Path}': there is no such file", unreadable);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new RaftConfigurationException(
                $"{Setting}.path = '{Path}': it cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>The certificate with its key, and the others that stand beside it.</summary>
    /// <exception cref="RaftConfigurationException">There is none; the message says why.</exception>
    public SslStreamCertificateContext Parse(byte[] bytes)
    {
        try
        {
            var all = X509CertificateLoader.LoadPkcs12Collection(bytes, Password, Flags);
            var own = all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
                ?? throw new RaftConfigurationException($"{Setting}.path = '{Path}': it holds no certificate with a private key");
            all.Remove(own);
            return SslStreamCertificateContext.Create(own, all, offline: true);
        }
        catch (CryptographicException malformed)
        {
            throw new RaftConfigurationException(
                $"{Setting}.path = '{Path}': it is not a .pfx file (PKCS #12), or {Setting}.password is not its password",
                malformed);
        }
    }
}
