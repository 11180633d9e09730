using System.Net;
using System.Text.Json;
using Raft.Actors.Protocol;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>What a web page of somebody else sends gets no further than the front.</summary>
public sealed class HttpOriginTests
{
    public static TheoryData<string, string> Changes => new()
    {
        { "POST", "/members/n2/demote" },
        { "POST", "/members/n2/promote" },
        { "PUT", "/members/n4?address=evil.example:1" },
        { "DELETE", "/members/n2" },
        { "POST", "/leader" },
        { "POST", "/snapshots" },
        { "PUT", "/snapshots/latest" },
        { "POST", "/entries/7/skip?term=1" },
        { "POST", "/sessions" },
        { "PUT", "/sessions/7" },
        { "DELETE", "/sessions/7" },
        { "PUT", "/kv/a" },
        { "DELETE", "/kv/a" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_foreign_page_or_name_changes_nothing(string method, string target)
    {
        await using var fixture = await StartAsync();

        await RefusedAsync(fixture, method, target, "Origin", "https://evil.example");
        await RefusedAsync(fixture, method, target, "Sec-Fetch-Site", "cross-site");
        await RefusedAsync(fixture, method, target, "Host", "evil.example");
    }

    [Theory]
    [InlineData("/kv/a")]
    [InlineData("/kv/../health/live")]
    [InlineData("/kv")]
    [InlineData("/watch?from=1")]
    [InlineData("/status")]
    [InlineData("/members")]
    [InlineData("/snapshots/latest")]
    public async Task A_foreign_name_reads_nothing(string target)
    {
        await using var fixture = await StartAsync();

        await RefusedAsync(fixture, "GET", target, "Host", "evil.example");
    }

    [Fact]
    public async Task A_load_balancer_asks_for_health_by_any_name()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(static _ => null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Host = "balancer.example";

        using var response = await fixture.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_listed_name_and_an_own_page_may_change_something()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            static _ => new SessionClosed(7), static settings => settings with { Names = ["raft.example.com"] });
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/sessions/7");
        request.Headers.Host = "raft.example.com";
        request.Headers.Add("Origin", "https://raft.example.com");
        request.Headers.Add("Sec-Fetch-Site", "same-origin");

        using var response = await fixture.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<HttpFrontFixture> StartAsync() =>
        HttpFrontFixture.StartAsync(static request => throw new InvalidOperationException($"the node was asked: {request}"));

    private static async Task RefusedAsync(HttpFrontFixture fixture, string method, string target, string header, string value)
    {
        // As it stands: HttpClient would tidy up /../.
        await using var connection = await fixture.ConnectAsync();
        var host = header == "Host" ? string.Empty : "Host: 127.0.0.1\r\n";
        await connection.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"{method} {target} HTTP/1.1\r\n{host}{header}: {value}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(connection);
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        var body = JsonDocument.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..]).RootElement;
        Assert.Contains(value, body.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("notDone", body.GetProperty("outcome").GetString());
    }
}
