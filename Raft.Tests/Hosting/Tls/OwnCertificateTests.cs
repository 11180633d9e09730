using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting.Tls;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

/// <summary>The certificate that a process shows follows its file.</summary>
public sealed class OwnCertificateTests : TestKit
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Certificates _authority = new("an authority");

    private CertificateFile PfxFile => new(_directory["n1.pfx"], Certificates.Password, X509KeyStorageFlags.DefaultKeySet);

    [Fact]
    public void A_new_file_is_taken_up()
    {
        _authority.WriteServer(PfxFile.Path);
        using var own = New();
        var before = own.Current.TargetCertificate.Thumbprint;
        own.Refresh();
        Assert.Equal(before, own.Current.TargetCertificate.Thumbprint);
        _authority.WriteServer(PfxFile.Path);
        EventFilter.Info(contains: "has read the new certificate").ExpectOne(own.Refresh);
        Assert.NotEqual(before, own.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void A_file_that_becomes_unusable_keeps_the_certificate_before_and_is_warned_of_once()
    {
        _authority.WriteServer(PfxFile.Path);
        using var own = New();
        var before = own.Current.TargetCertificate.Thumbprint;
        File.WriteAllText(PfxFile.Path, "half a");
        EventFilter.Warning(contains: "it is not a .pfx file").ExpectOne(own.Refresh);
        EventFilter.Warning().Expect(0, own.Refresh);
        File.Delete(PfxFile.Path);
        EventFilter.Warning(contains: "there is no such file").ExpectOne(own.Refresh);
        EventFilter.Warning().Expect(0, own.Refresh);
        Assert.Equal(before, own.Current.TargetCertificate.Thumbprint);
        _authority.WriteServer(PfxFile.Path);
        own.Refresh();
        Assert.NotEqual(before, own.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void A_certificate_that_expires_soon_is_warned_of()
    {
        _authority.WriteServer(PfxFile.Path, CertificateFault.EndsSoon);
        EventFilter.Warning(contains: "expires at").ExpectOne(() => New().Dispose());
    }

    [Theory]
    [InlineData("", "there is no such file")]
    [InlineData("text", "it is not a .pfx file")]
    [InlineData("no key", "it holds no certificate with a private key")]
    public void An_unusable_certificate_is_refused_at_the_start_with_the_reason(string content, string reason)
    {
        if (content == "no key")
        {
            using var certificate = _authority.Server("n1");
            using var bare = X509CertificateLoader.LoadCertificate(certificate.RawData);
            File.WriteAllBytes(PfxFile.Path, bare.Export(X509ContentType.Pkcs12, Certificates.Password));
        }
        else if (content.Length > 0)
        {
            File.WriteAllText(PfxFile.Path, content);
        }

        Assert.Contains(reason, Assert.Throws<RaftConfigurationException>(New).Message, StringComparison.Ordinal);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _authority.Dispose();
        _directory.Dispose();
    }

    private OwnCertificate New() => new(PfxFile, Logging.GetLogger(Sys, "tls"), TimeProvider.System);
}
