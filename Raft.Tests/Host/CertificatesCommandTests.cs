using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Raft.Actors.Hosting.Identity;
using Raft.Host.CommandLine;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>The certificates of a group in one command.</summary>
public sealed class CertificatesCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_command_makes_an_authority_and_a_certificate_for_each_name()
    {
        await RunAsync("--servers", "n1=127.0.0.1+h1.example,n2", "--clients", "app=::1", "--group", "Bank", "--days", "10");
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_directory["authority.pem"]);
        foreach (var (name, uri, hosts) in new[]
        {
            ("n1", new HolderName("Bank", "n1"), new[] { "127.0.0.1", "h1.example" }), ("n2", new HolderName("Bank", "n2"), ["n2"]),
            ("app", new HolderName("Bank", "app"), ["::1"]),
        })
        {
            using var certificate = X509CertificateLoader.LoadPkcs12FromFile(_directory[$"{name}/{name}.pfx"], string.Empty);
            Assert.True(certificate.HasPrivateKey);
            var holder = CertificateHolder.Of(certificate, []);
            Assert.Equal([uri], (name == "app" ? holder.Clients : holder.Servers).AsEnumerable());
            Assert.Single(holder.Servers.Concat(holder.Clients));
            Assert.All(hosts, host => Assert.True(holder.IsFor(host)));
            Assert.False(holder.IsFor("elsewhere.example"));
            Assert.True(IsOf(certificate, authority));
            Assert.InRange(certificate.NotAfter - DateTime.Now, TimeSpan.FromDays(9.9), TimeSpan.FromDays(10));
            using var pem = X509Certificate2.CreateFromPemFile(_directory[$"{name}/{name}.pem"], _directory[$"{name}/{name}.key"]);
            Assert.Equal(certificate.Thumbprint, pem.Thumbprint);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Keys_are_for_their_owner_alone()
    {
        await RunAsync("--servers", "n1");
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.All(
            ["authority/authority.key", "n1/n1.key", "n1/n1.pfx", "authority", "n1"],
            file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_directory[file]) & Others));
    }

    [Fact]
    public async Task A_second_run_makes_what_is_missing_and_overwrites_nothing()
    {
        await RunAsync("--servers", "n1,n2");
        var before = Contents();
        var said = await RunAsync("--servers", "n1,n2=elsewhere,n3");
        Assert.Contains("n2 already has a certificate", said, StringComparison.Ordinal);
        var after = Contents();
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal(["n3/n3.key", "n3/n3.pem", "n3/n3.pfx"], after.Keys.Except(before.Keys).Order(StringComparer.Ordinal));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(_directory["authority.pem"]);
        using var third = X509CertificateLoader.LoadCertificateFromFile(_directory["n3/n3.pem"]);
        Assert.True(IsOf(third, authority));
    }

    [Fact]
    public async Task Only_the_named_certificates_are_renewed()
    {
        await RunAsync("--servers", "n1,n2");
        var before = Contents();
        await RunAsync("--servers", "n1", "--renew");
        var after = Contents();
        Assert.Equal(["n1/n1.key", "n1/n1.pem", "n1/n1.pfx"], after.Keys.Where(name => after[name] != before[name]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_authority_without_its_key_or_another_one_is_refused_and_nothing_is_made()
    {
        await RunAsync("--servers", "n1");
        Directory.Move(_directory["authority"], _directory["apart"]);
        Assert.Contains("its key", await RefusedAsync("--servers", "n2"), StringComparison.Ordinal);
        await RunAsync("--servers", "n2", "--authority", _directory["apart"]);
        File.Delete(_directory["apart/authority.pem"]);
        Assert.Contains("is missing", await RefusedAsync("--servers", "n3", "--authority", _directory["apart"]), StringComparison.Ordinal);
        using var other = new TemporaryDirectory();
        Assert.Equal(ExitCode.Success, (await AnyAsync(other.Path, "--servers", "n1")).Code);
        Assert.Contains("does not hold the authority", await RefusedAsync("--servers", "n3", "--authority", other["authority"]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["n3"]));
    }

    [Theory]
    [InlineData("--servers", "n1")]
    [InlineData("--out", "d")]
    [InlineData("--out", "d", "--servers", "n 1")]
    [InlineData("--out", "d", "--servers", "../n1")]
    [InlineData("--out", "d", "--servers", "..")]
    [InlineData("--out", "d", "--servers", "authority")]
    [InlineData("--out", "d", "--servers", "n1=")]
    [InlineData("--out", "d", "--servers", "n1=a b")]
    [InlineData("--out", "d", "--servers", "n1,n1")]
    [InlineData("--out", "d", "--servers", "n1", "--clients", "N1")]
    [InlineData("--out", "d", "--servers", "n1", "--days", "0")]
    [InlineData("--out", "d", "--servers", "n1", "--days", "9999")]
    [InlineData("--out", "d", "--servers", "n1", "--group", "k/v")]
    public void A_wrong_argument_is_named(params string[] arguments) => Assert.DoesNotContain(
        '\n', Assert.IsType<CommandLineArguments.Invalid>(CommandLineArguments.Parse(["certificates", .. arguments])).Error);

    public void Dispose() => _directory.Dispose();

    private static bool IsOf(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(certificate);
    }

    private static async Task<(int Code, string Output, string Error)> AnyAsync(string directory, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var parsed = Assert.IsType<CommandLineArguments.Certificates>(
            CommandLineArguments.Parse(["certificates", "--out", directory, .. arguments]));
        var code = await CertificatesCommand.RunAsync(parsed, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await AnyAsync(_directory.Path, arguments);
        Assert.Equal((ExitCode.Success, string.Empty), (code, error));
        return output;
    }

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        var (code, _, error) = await AnyAsync(_directory.Path, arguments);
        Assert.Equal(ExitCode.Failure, code);
        return Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Dictionary<string, string> Contents() => Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories).ToDictionary(
        file => Path.GetRelativePath(_directory.Path, file), static file => Convert.ToHexString(File.ReadAllBytes(file)));
}
