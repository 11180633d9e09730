using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// The authorities that count in the place of those that the machine trusts (<c>raft.tls.authority</c>). Their files are looked
/// at again and again, as that of the own certificate is, and new ones count for the next connection.
/// </summary>
internal sealed class Authorities : IDisposable
{
    private readonly ImmutableArray<string> _files;
    private readonly ILoggingAdapter _log;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private volatile X509Certificate2Collection _current;
    private string _text;
    private string? _unusable;

    /// <summary>Reads the files.</summary>
    /// <exception cref="RaftConfigurationException">One cannot be used; the message says why.</exception>
    public Authorities(ImmutableArray<string> files, ILoggingAdapter log, TimeProvider time)
    {
        (_files, _log) = (files, log);
        _text = Text(files);
        _current = Parse(files, _text);
        _timer = time.CreateTimer(
            static own => ((Authorities)own!).Refresh(), this, OwnCertificate.Interval, OwnCertificate.Interval);
    }

    /// <summary>How the certificates of the next connection are checked. Nothing is fetched from where a certificate
    /// says.</summary>
    public X509ChainPolicy Policy
    {
        get
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange(_current);
            return policy;
        }
    }

    /// <summary>Reads files once, to see whether they can be used.</summary>
    /// <exception cref="RaftConfigurationException">One cannot; the message says why.</exception>
    public static X509Certificate2Collection Read(ImmutableArray<string> files) => Parse(files, Text(files));

    /// <summary>Looks at the files. What cannot be used is warned of once, and what was before stays.</summary>
    public void Refresh()
    {
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            var text = Text(_files);
            if (text != _text)
            {
                _current = Parse(_files, text);
                _text = text;
                _log.Info("has read the new authorities in {0}; they count for the next connections", string.Join(", ", _files));
            }

            _unusable = null;
        }
        catch (RaftConfigurationException unusable)
        {
            if (_unusable != unusable.Message)
            {
                _unusable = unusable.Message;
                _log.Warning("keeps the authorities that it has, because the new ones cannot be used: {0}", unusable.Message);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private static string Text(ImmutableArray<string> files) => string.Join('\n', files.Select(static file =>
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new RaftConfigurationException(
                $"raft.tls.authority = '{file}': it cannot be read: {unreadable.Message}", unreadable);
        }
    }));

    private static X509Certificate2Collection Parse(ImmutableArray<string> files, string text)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException malformed)
        {
            throw new RaftConfigurationException(
                $"raft.tls.authority = '{string.Join(", ", files)}': it holds something that is no certificate: "
                + malformed.Message,
                malformed);
        }

        return found.Count > 0
            ? found
            : throw new RaftConfigurationException(
                $"raft.tls.authority = '{string.Join(", ", files)}': it holds no certificate in PEM");
    }
}
