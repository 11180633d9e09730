using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Raft.Actors.Hosting.Tls;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

/// <summary>A refused certificate's reason is in words.</summary>
public sealed class CertificateProblemTests : IDisposable
{
    private readonly Certificates _authority = new("an authority");

    [Theory]
    [InlineData(CertificateFault.None, X509ChainStatusFlags.NoError, SslPolicyErrors.None, null)]
    [InlineData(
        CertificateFault.Expired,
        X509ChainStatusFlags.NotTimeValid,
        SslPolicyErrors.RemoteCertificateChainErrors,
        "its certificate (CN=n3) expired at 20")]
    [InlineData(
        CertificateFault.SelfSigned,
        X509ChainStatusFlags.UntrustedRoot,
        SslPolicyErrors.RemoteCertificateChainErrors,
        "is self-signed")]
    [InlineData(
        CertificateFault.None,
        X509ChainStatusFlags.PartialChain,
        SslPolicyErrors.RemoteCertificateChainErrors,
        "unknown issuer: this machine does not trust 'CN=an authority'")]
    [InlineData(
        CertificateFault.WrongName,
        X509ChainStatusFlags.NoError,
        SslPolicyErrors.RemoteCertificateNameMismatch,
        "for 'elsewhere.example', and not for '10.0.0.3'")]
    [InlineData(CertificateFault.None, X509ChainStatusFlags.Revoked, SslPolicyErrors.RemoteCertificateChainErrors, "Revoked")]
    [InlineData(
        CertificateFault.None,
        X509ChainStatusFlags.NoError,
        SslPolicyErrors.RemoteCertificateNotAvailable,
        "shows no certificate")]
    public void The_reason_is_named(CertificateFault fault, X509ChainStatusFlags chain, SslPolicyErrors errors, string? expected)
    {
        using var certificate = _authority.Server("n3", fault);
        var said = CertificateProblem.Describe(certificate, chain, errors, "10.0.0.3", DateTimeOffset.UtcNow);
        if (expected is null)
        {
            Assert.Null(said);
        }
        else
        {
            Assert.Contains(expected, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_reasons_are_both_named()
    {
        using var certificate = _authority.Server("n3", CertificateFault.Expired);
        var said = CertificateProblem.Describe(
            certificate,
            X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.PartialChain,
            SslPolicyErrors.RemoteCertificateChainErrors,
            host: null,
            DateTimeOffset.UtcNow);
        Assert.Contains("expired", said, StringComparison.Ordinal);
        Assert.Contains("unknown issuer", said, StringComparison.Ordinal);
    }

    public void Dispose() => _authority.Dispose();
}
