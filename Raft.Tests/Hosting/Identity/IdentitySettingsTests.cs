using Akka.Configuration;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Settings;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Identity;

public sealed class IdentitySettingsTests : IDisposable
{
    private const string Servers = """
        raft.group = kv
        raft.servers = [ { id = n1, address = "akka.ssl.tcp://raft@h1:4053" }, { id = n2, address = "akka.ssl.tcp://raft@h2:4053" } ]

        """;

    private readonly Certificates _authority = new("an authority");

    [Theory]
    [InlineData("", "Off")]
    [InlineData("authority = a.pem", "On")]
    [InlineData("authority = [ a.pem, b.pem ]", "On")]
    [InlineData("authority = a.pem, identities = off", "Off")]
    [InlineData("authority = a.pem, identities = log", "Log")]
    [InlineData("authority = a.pem, identities = on", "On")]
    public void Identities_are_checked_where_an_authority_is_set_unless_turned_off(string section, string mode) =>
        Assert.Equal(mode, Create(section).Mode.ToString());

    [Theory]
    [InlineData("identities = on", "raft.tls.identities = 'on' needs raft.tls.authority")]
    [InlineData("identities = log", "raft.tls.identities = 'log' needs raft.tls.authority")]
    [InlineData("identities = maybe", "raft.tls.identities = 'maybe'")]
    [InlineData("clients = all", "raft.tls.clients = 'all'")]
    [InlineData("servers { \"n 1\" = a }", "raft.tls.servers: 'n 1'")]
    [InlineData("servers { n1 = \"\" }", "raft.tls.servers.n1")]
    public void A_wrong_setting_is_named(string section, string named) =>
        Assert.Contains(named, Assert.Throws<RaftConfigurationException>(() => Create(section)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_list_of_certificates_is_of_the_own_group_unless_it_says_another()
    {
        var listed = Create("servers { n1 = a, \"other/n2\" = [ b, c ] }").Listed;
        Assert.Equal(
            ["'n1' of group 'kv': a", "'n2' of group 'other': b", "'n2' of group 'other': c"],
            listed.Select(static one => $"{one.Server}: {one.Name}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_certificate_without_a_name_counts_as_a_clients_only_if_a_setting_says_so()
    {
        Assert.Contains("names no server and no client", Create("").ObjectionTo(Holder()), StringComparison.Ordinal);
        Assert.Null(Create("").ObjectionTo(Holder("raft://kv/client/app")));
        Assert.Null(Create("").ObjectionTo(Holder("raft://kv/server/n1")));
        Assert.Null(Create("clients = any").ObjectionTo(Holder()));
    }

    [Fact]
    public void A_servers_address_may_be_held_by_that_server_or_a_later_one()
    {
        var settings = Create("authority = a.pem");
        Assert.Null(settings.ObjectionTo(Holder("raft://kv/server/n1"), "h1", 4053));
        Assert.Null(settings.ObjectionTo(Holder("raft://kv/server/n1"), "H1", 4053));
        Assert.Null(settings.ObjectionTo(Holder("raft://kv/server/n9"), "h1", 4053));
        Assert.Null(settings.ObjectionTo(Holder("raft://kv/server/n1"), "elsewhere", 4053));
        Assert.Null(settings.ObjectionTo(Holder("raft://kv/client/app"), "h1", 5000));
        foreach (var uri in new[] { "raft://kv/server/n2", "raft://kv/client/app" })
        {
            Assert.Contains("is the address of server 'n1' of group 'kv'", settings.ObjectionTo(Holder(uri), "h1", 4053), StringComparison.Ordinal);
        }
    }

    public void Dispose() => _authority.Dispose();

    private static IdentitySettings Create(string section) =>
        IdentitySettings.Create(ConfigurationFactory.ParseString($"{Servers}raft.tls {{ {section} }}"));

    private CertificateHolder Holder(params string[] uris)
    {
        using var certificate = _authority.Server("n1", CertificateFault.None, uris);
        return CertificateHolder.Of(certificate, []);
    }
}
