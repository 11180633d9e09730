using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Model;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Identity;

/// <summary>Whose a certificate is.</summary>
public sealed class CertificateHolderTests : IDisposable
{
    private readonly Certificates _authority = new("an authority");

    [Fact]
    public void A_URI_names_a_server_or_a_client_and_a_certificate_may_have_several()
    {
        var holder = Holder("raft://kv/server/n1", "raft://locks/server/n7", "raft://kv/client/app", "spiffe://somebody/else");
        Assert.Equal([new HolderName("kv", "n1"), new HolderName("locks", "n7")], holder.Servers.AsEnumerable());
        Assert.Equal([new HolderName("kv", "app")], holder.Clients.AsEnumerable());
        Assert.True(holder.Is("kv"u8, "n1"u8));
        Assert.False(holder.Is("locks"u8, "n1"u8));
        Assert.False(holder.Is("kv"u8, "n7"u8));
        Assert.False(holder.Is("kv"u8, "app"u8));
        Assert.True(holder.Is("n7"u8));
    }

    [Theory]
    [InlineData("raft://kv/server/n1/")]
    [InlineData("raft://kv/server")]
    [InlineData("raft://kv/servers/n1")]
    [InlineData("raft://kv/server/n%20")]
    [InlineData("raft://kv/server/")]
    [InlineData("http://kv/server/n1")]
    public void Any_other_URI_names_nobody(string uri) => Assert.False(Holder(uri).HasName);

    [Fact]
    public void Names_are_read_as_they_are_written()
    {
        Assert.True(CertificateUri.TryParse(CertificateUri.OfServer("KV", new ServerId("N-1.x")), out var group, out var name, out var isServer));
        Assert.Equal(("KV", "N-1.x", true), (group, name, isServer));
        Assert.True(CertificateUri.TryParse(CertificateUri.OfClient("KV", "app"), out group, out name, out isServer));
        Assert.Equal(("KV", "app", false), (group, name, isServer));
    }

    [Fact]
    public void A_list_names_servers_by_thumbprint_common_name_DNS_name_or_URI()
    {
        using var certificate = _authority.Server("common", CertificateFault.WrongName, "spiffe://corp/n4");
        var thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        var colons = string.Join(':', thumbprint.Chunk(2).Select(static pair => new string(pair))).ToLowerInvariant();
        var holder = CertificateHolder.Of(
            certificate,
            [
                Listed("n1", $"SHA256:{colons}"), Listed("n2", "common"), Listed("n3", "elsewhere.example"), Listed("n4", "spiffe://corp/n4"),
                Listed("n5", "another"), Listed("n6", $"sha256:{thumbprint[1..]}0"), Listed("n7", thumbprint),
            ]);
        Assert.Equal(["n1", "n2", "n3", "n4"], holder.Servers.Select(static server => server.Name));

        static ListedCertificate Listed(string server, string name) => new(new HolderName("kv", server), ListedCertificate.Normal(name));
    }

    [Fact]
    public void A_certificate_is_for_the_hosts_that_it_names()
    {
        var holder = Holder();
        Assert.True(holder.IsFor("127.0.0.1"));
        Assert.False(holder.IsFor("127.0.0.2"));
        Assert.False(holder.IsFor("n2"));
        Assert.False(holder.IsFor("no host's name?"));
        Assert.False(holder.IsFor(string.Empty));
        Assert.False(CertificateHolder.Nobody.IsFor("127.0.0.1"));
    }

    [Fact]
    public void Malformed_alternative_names_name_nobody()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=n1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x7F, 0x86], critical: false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Assert.False(CertificateHolder.Of(certificate, []).HasName);
    }

    public void Dispose() => _authority.Dispose();

    private CertificateHolder Holder(params string[] uris)
    {
        using var certificate = _authority.Server("n1", CertificateFault.None, uris);
        return CertificateHolder.Of(certificate, []);
    }
}
