using System.Net;
using System.Text.Json;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.KeyValue;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Client sessions over HTTP.</summary>
public sealed class HttpSessionTests
{
    [Fact]
    public async Task A_session_is_begun_kept_alive_and_ended()
    {
        var asked = new List<IRaftRequest>();
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            asked.Add(request);
            return request switch
            {
                RegisterSession => new SessionRegistered(7, TimeSpan.FromMinutes(10)),
                KeepSessionAlive keep => new SessionKeptAlive(keep.SessionId),
                CloseSession close => new SessionClosed(close.SessionId),
                _ => null,
            };
        });

        using var begun = await fixture.Client.PostAsync("/sessions", null);
        using var keep = new HttpRequestMessage(HttpMethod.Put, "/sessions/7");
        keep.Headers.Add("X-Raft-Lowest-Unanswered", "5");
        using var kept = await fixture.Client.SendAsync(keep);
        using var ended = await fixture.Client.DeleteAsync("/sessions/7");

        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        using var body = JsonDocument.Parse(await begun.Content.ReadAsStringAsync());
        Assert.Equal(
            (7, 600_000),
            (body.RootElement.GetProperty("session").GetInt64(), body.RootElement.GetProperty("timeoutMs").GetInt64()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (kept.StatusCode, ended.StatusCode));
        Assert.Equal([new RegisterSession(), new KeepSessionAlive(7, 5), new CloseSession(7)], asked);
    }

    [Fact]
    public async Task A_write_carries_its_session()
    {
        var sessions = new List<CommandSession?>();
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            sessions.Add(((Apply)request).Session);
            return new Applied(9, 1, new KeyValueResult(KeyValueResultKind.Written, false, 9).Encode());
        });

        await WriteAsync(fixture, ("X-Raft-Session", "7"), ("X-Raft-Sequence", "3"));
        await WriteAsync(fixture, ("X-Raft-Session", "7"), ("X-Raft-Sequence", "3"), ("X-Raft-Lowest-Unanswered", "2"));
        await WriteAsync(fixture);

        Assert.Equal([new CommandSession(7, 3, 3), new CommandSession(7, 3, 2), null], sessions);
    }

    [Theory]
    [InlineData("X-Raft-Session", "7")]
    [InlineData("X-Raft-Sequence", "7")]
    [InlineData("X-Raft-Lowest-Unanswered", "7")]
    [InlineData("X-Raft-Session", "0")]
    [InlineData("X-Raft-Session", "first")]
    public async Task Half_a_session_is_refused(string header, string value)
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => throw new InvalidOperationException("the node was asked"));
        Assert.Equal(HttpStatusCode.BadRequest, await WriteAsync(fixture, (header, value)));
    }

    private static async Task<HttpStatusCode> WriteAsync(HttpFrontFixture fixture, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv/a") { Content = new StringContent("1") };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await fixture.Client.SendAsync(request);
        return response.StatusCode;
    }
}
