using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Raft.Actors.Hosting.Tls;

/// <summary>Why a peer's certificate is refused, in words that an operator can act on.</summary>
internal static class CertificateProblem
{
    /// <summary>Describes what is wrong; null: nothing is.</summary>
    /// <param name="certificate">What the peer has shown.</param>
    /// <param name="chain">What was found out about its issuers.</param>
    /// <param name="errors">What counts as wrong; the caller has taken out what its settings forgive.</param>
    /// <param name="host">The name that was connected to; null if the peer has connected.</param>
    /// <param name="now">The time.</param>
    /// <param name="pinned">Whether it is <c>raft.tls.authority</c> that knows the issuers, and not the machine.</param>
    public static string? Describe(
        X509Certificate2? certificate,
        X509ChainStatusFlags chain,
        SslPolicyErrors errors,
        string? host,
        DateTimeOffset now,
        bool pinned = false)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it shows no certificate";
        }

        var problems = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            problems.AddRange(OfChain(certificate, chain, now, pinned));
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            problems.Add($"has the wrong name: it is for {Names(certificate)}, and not for '{host}'");
        }

        return $"its certificate ({certificate.Subject}) {string.Join("; and it ", problems)}";
    }

    /// <summary>All that a chain's status says, as one value.</summary>
    public static X509ChainStatusFlags StatusOf(X509Chain? chain) =>
        chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, status) => all | status.Status)
        ?? X509ChainStatusFlags.NoError;

    /// <summary>A moment, as in the rest of the log.</summary>
    public static string Moment(DateTime time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IEnumerable<string> OfChain(
        X509Certificate2 certificate, X509ChainStatusFlags chain, DateTimeOffset now, bool pinned)
    {
        const X509ChainStatusFlags unknown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        const X509ChainStatusFlags time = X509ChainStatusFlags.NotTimeValid;
        if ((chain & time) != 0)
        {
            yield return certificate.NotAfter < now ? $"expired at {Moment(certificate.NotAfter)}"
                : certificate.NotBefore > now ? $"is not valid before {Moment(certificate.NotBefore)}"
                : $"has an issuer ({certificate.Issuer}) whose own certificate has expired or is not valid yet";
        }

        if ((chain & unknown) != 0)
        {
            yield return certificate.Subject == certificate.Issuer
                ? $"is self-signed, and {(pinned ? "raft.tls.authority does not hold it" : "this machine does not trust it")}"
                : $"has an unknown issuer: {(pinned ? "raft.tls.authority does not hold" : "this machine does not trust")} "
                    + $"'{certificate.Issuer}', or a certificate between the two is missing";
        }

        var rest = chain & ~(unknown | time);
        if (rest != 0 || chain == 0)
        {
            yield return $"is not accepted by this machine ({(rest == 0 ? "no reason given" : rest)})";
        }
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(static extension => extension.EnumerateDnsNames()
                .Concat(extension.EnumerateIPAddresses().Select(static ip => ip.ToString())))
            .Select(static name => $"'{name}'")
            .ToArray();
        return names.Length > 0
            ? string.Join(", ", names)
            : $"'{certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)}'";
    }
}
