using Akka.Event;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting.Tls;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

/// <summary>The authorities that count follow their files.</summary>
public sealed class AuthoritiesTests : TestKit
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Certificates _first = new("the first");
    private readonly Certificates _second = new("the second");

    [Fact]
    public void New_authorities_are_taken_up_and_those_of_several_files_count_together()
    {
        _first.WriteAuthority(_directory["a.pem"]);
        _second.WriteAuthority(_directory["b.pem"]);
        using var both = New("a.pem", "b.pem");
        Assert.Equal(["CN=the first", "CN=the second"], Names(both));
        using var one = New("a.pem");
        Assert.Equal(["CN=the first"], Names(one));
        _second.WriteAuthority(_directory["a.pem"]);
        EventFilter.Info(contains: "has read the new authorities").ExpectOne(one.Refresh);
        Assert.Equal(["CN=the second"], Names(one));
    }

    [Fact]
    public void A_file_that_becomes_unusable_keeps_the_authorities_before_and_is_warned_of_once()
    {
        _first.WriteAuthority(_directory["a.pem"]);
        using var authorities = New("a.pem");
        File.WriteAllText(_directory["a.pem"], "half a");
        EventFilter.Warning(contains: "it holds no certificate in PEM").ExpectOne(authorities.Refresh);
        EventFilter.Warning().Expect(0, authorities.Refresh);
        File.Delete(_directory["a.pem"]);
        EventFilter.Warning(contains: "it cannot be read").ExpectOne(authorities.Refresh);
        Assert.Equal(["CN=the first"], Names(authorities));
        _second.WriteAuthority(_directory["a.pem"]);
        authorities.Refresh();
        Assert.Equal(["CN=the second"], Names(authorities));
    }

    [Fact]
    public void Unusable_authorities_are_refused_at_the_start_with_the_reason()
    {
        Assert.Contains("it cannot be read", Assert.Throws<RaftConfigurationException>(() => New("a.pem")).Message, StringComparison.Ordinal);
        File.WriteAllText(_directory["a.pem"], string.Empty);
        Assert.Contains("holds no certificate in PEM", Assert.Throws<RaftConfigurationException>(() => New("a.pem")).Message, StringComparison.Ordinal);
        File.WriteAllText(_directory["a.pem"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.Contains("is no certificate", Assert.Throws<RaftConfigurationException>(() => New("a.pem")).Message, StringComparison.Ordinal);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _first.Dispose();
        _second.Dispose();
        _directory.Dispose();
    }

    private static string[] Names(Authorities authorities) =>
        [.. authorities.Policy.CustomTrustStore.Select(static certificate => certificate.Subject).Order(StringComparer.Ordinal)];

    private Authorities New(params string[] files) =>
        new([.. files.Select(file => _directory[file])], Logging.GetLogger(Sys, "tls"), TimeProvider.System);
}
