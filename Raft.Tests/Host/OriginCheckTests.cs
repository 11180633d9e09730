using Raft.Host.Hosting;
using Raft.Host.Http;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Which requests a web page of somebody else may have made a browser send.</summary>
public sealed class OriginCheckTests
{
    private static readonly OriginCheck Check = new(["n1", "raft.example.com", "*.svc.cluster.local"]);

    [Theory]
    [InlineData("127.0.0.1:8080")]
    [InlineData("localhost:8080")]
    [InlineData("LocalHost")]
    [InlineData("localhost.:8080")]
    [InlineData("raft.localhost:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("10.0.0.1")]
    [InlineData("[fe80::1]")]
    [InlineData("n1:8080")]
    [InlineData("Raft.Example.Com")]
    [InlineData("raft-0.raft.svc.cluster.local:80")]
    [InlineData("")]
    public void A_name_of_this_server_may_change_something(string host) => Assert.Null(Refusal("POST", host));

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8080")]
    [InlineData("n2")]
    [InlineData("localhost.evil.example")]
    [InlineData("evillocalhost")]
    [InlineData("evilraft.example.com")]
    [InlineData("svc.cluster.local")]
    [InlineData(".svc.cluster.local")]
    [InlineData("127.0.0.1.evil.example:8080")]
    [InlineData("127.0.0.1:8080,evil.example")]
    [InlineData("[::1")]
    [InlineData("[::1]evil.example")]
    [InlineData("[::1]:8080,evil.example")]
    public void Another_name_may_neither_change_nor_read(string host)
    {
        Assert.Contains("host.http.allowed-hosts", Refusal("POST", host), StringComparison.Ordinal);
        Assert.Contains("host.http.allowed-hosts", Refusal("GET", host), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/health/live", true)]
    [InlineData("HEAD", "/health/ready", true)]
    [InlineData("POST", "/health/live", false)]
    [InlineData("GET", "/health/live/", false)]
    [InlineData("GET", "/kv/../health/live", false)]
    public void Health_is_answered_under_any_name(string method, string path, bool passes) =>
        Assert.Equal(passes, Check.Refusal(new RequestSource(method, path, "balancer.example", null, null)) is null);

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://evil.example:8080")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:8081")]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1:8080.evil.example")]
    [InlineData("http://127.0.0.1:8080, https://evil.example")]
    public void A_foreign_page_changes_nothing(string origin)
    {
        Assert.All(
            ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"],
            method => Assert.Contains("(Origin)", Refusal(method, "127.0.0.1:8080", origin), StringComparison.Ordinal));
        Assert.Null(Refusal("GET", "127.0.0.1:8080", origin));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("https://raft.example.com", "raft.example.com")]
    [InlineData("http://N1:8080", "n1:8080")]
    public void A_page_of_this_server_may_change_something(string origin, string host) => Assert.Null(Refusal("PUT", host, origin, "same-origin"));

    [Fact]
    public void Without_a_host_name_no_page_is_the_servers_own() => Assert.NotNull(Refusal("PUT", string.Empty, "http://"));

    [Theory]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData("", false)]
    [InlineData("none, cross-site", false)]
    [InlineData("same-origin", true)]
    [InlineData("none", true)]
    public void The_browsers_word_on_the_origin_counts(string site, bool passes)
    {
        Assert.Equal(passes, Refusal("DELETE", "localhost:8080", null, site) is null);
        Assert.Null(Refusal("HEAD", "localhost:8080", null, site));
    }

    [Theory]
    [InlineData("raft.example.com", true)]
    [InlineData("*.example.com", true)]
    [InlineData("raft", true)]
    [InlineData("*", false)]
    [InlineData("*.", false)]
    [InlineData("a.*.com", false)]
    [InlineData("example.com:80", false)]
    [InlineData("https://example.com", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("", false)]
    public void Only_names_can_be_listed(string text, bool isName) => Assert.Equal(isName, NamePattern.IsName(text));

    private static string? Refusal(string method, string host, string? origin = null, string? site = null) =>
        Check.Refusal(new RequestSource(method, "/members/n2/demote", host, origin, site));
}
