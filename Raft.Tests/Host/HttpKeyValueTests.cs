using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Raft.Actors.Protocol;
using Raft.Host.KeyValue;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>The store over HTTP, before a real state machine.</summary>
public sealed class HttpKeyValueTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task A_value_comes_back_as_it_was_put()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();

        using var put = await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([0, 255, 10]));
        using var get = await fixture.Client.GetAsync("/kv/a");

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("\"1\"", put.Headers.ETag!.Tag);
        Assert.Equal([0, 255, 10], await get.Content.ReadAsByteArrayAsync());
        Assert.Equal("\"1\"", get.Headers.ETag!.Tag);
        Assert.Equal("1", get.Headers.GetValues("X-Raft-Index").Single());
        Assert.Equal("application/octet-stream", get.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_missing_key_is_404_and_deleting_it_says_so()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();
        await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([1]));

        Assert.True((await Json(await fixture.Client.DeleteAsync("/kv/a"))).GetProperty("deleted").GetBoolean());
        Assert.False((await Json(await fixture.Client.DeleteAsync("/kv/a"))).GetProperty("deleted").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Client.GetAsync("/kv/a")).StatusCode);
    }

    [Theory]
    [InlineData("a/b", "/kv/a%2Fb")]
    [InlineData("a/b", "/kv/a/b")]
    [InlineData("a//b/", "/kv/a//b/")]
    [InlineData("key", "/kv/key")]
    [InlineData("/kv/", "/kv//kv/")]
    [InlineData("a+b", "/kv/a+b")]
    [InlineData("ü", "/kv/%C3%BC")]
    [InlineData("%41", "/kv/%2541")]
    [InlineData("..", "/kv/..")]
    [InlineData("\0", "/kv?key=%00")]
    public async Task A_key_is_the_decoded_rest_of_the_path(string key, string target)
    {
        KeyValueCommand seen = default;
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            Assert.True(KeyValueCommandCodec.TryDecode((byte[])((Apply)request).Command, out seen, out _));
            return new Applied(1, 1, new KeyValueResult(KeyValueResultKind.Deleted, false, 0).Encode());
        });

        var answer = await RawAsync(fixture, $"DELETE {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(key, Encoding.UTF8.GetString(seen.Key.Span));
    }

    [Theory]
    [InlineData("GET /kv/", 400)]
    [InlineData("GET /kv/%zz", 400)]
    [InlineData("GET /kv/abc%4", 400)]
    [InlineData("GET /kv/a?consistency=eventual", 400)]
    [InlineData("GET /kv/a?consistency=stale&consistency=stale", 400)]
    [InlineData("GET /kv/a?consistancy=stale", 400)]
    [InlineData("PUT /kv/a?expects=1", 400)]
    [InlineData("GET /kv?limit=0", 400)]
    [InlineData("GET /kv?limit=1001", 400)]
    [InlineData("GET /kv?key=", 400)]
    [InlineData("PUT /kv/a", 411)]
    [InlineData("PATCH /kv/a", 405)]
    [InlineData("GET /nothing", 404)]
    public async Task Bad_input_is_refused_with_a_reason(string request, int status)
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();

        var answer = await RawAsync(fixture, $"{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        var body = JsonDocument.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..]).RootElement;
        Assert.NotEmpty(body.GetProperty("error").GetString()!);
        Assert.Equal("notDone", body.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task The_largest_key_and_value_pass_and_larger_ones_do_not()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();
        var largest = "/kv?key=" + string.Concat(Enumerable.Repeat("%FF", MiB));

        Assert.Equal(HttpStatusCode.OK, await PutAsync(fixture, largest.Replace("?key=", "/", StringComparison.Ordinal), MiB));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(fixture, largest, 0));
        Assert.Equal(HttpStatusCode.RequestUriTooLong, await PutAsync(fixture, largest + "a", 0));
        Assert.Equal(HttpStatusCode.RequestUriTooLong, await PutAsync(fixture, largest + new string('a', MiB), 0));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PutAsync(fixture, "/kv/a", MiB + 1));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PutAsync(fixture, "/kv/a", MiB + 1, chunked: true));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(fixture, "/kv/a", MiB, chunked: true));
    }

    [Fact]
    public async Task Compare_and_set_by_version()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ConditionalAsync(fixture, ifMatch: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ConditionalAsync(fixture, ifNoneMatch: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ConditionalAsync(fixture, ifMatch: "\"2\"")).StatusCode);
        using var failed = await ConditionalAsync(fixture, ifMatch: "\"2\"");
        Assert.Equal(HttpStatusCode.PreconditionFailed, failed.StatusCode);
        Assert.Equal(3, (await Json(failed)).GetProperty("version").GetInt64());
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ConditionalAsync(fixture, ifNoneMatch: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ConditionalAsync(fixture, ifMatch: "W/\"3\"")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ConditionalAsync(fixture, ifMatch: "\"3\", \"4\"")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ConditionalAsync(fixture, ifNoneMatch: "\"3\"")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ConditionalAsync(fixture, ifMatch: "*", ifNoneMatch: "*")).StatusCode);
    }

    [Fact]
    public async Task Compare_and_set_by_value()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();
        await fixture.Client.PutAsync("/kv/a", new StringContent("one"));

        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.PutAsync("/kv/a?expect=one", new StringContent("two"))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await fixture.Client.PutAsync("/kv/a?expect=one", new StringContent("3"))).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await fixture.Client.DeleteAsync("/kv/a?expect=one")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.DeleteAsync("/kv/a?expect=%74wo")).StatusCode);
    }

    [Fact]
    public async Task Consistency_is_passed_on()
    {
        var seen = new List<ReadConsistency>();
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            seen.Add(((Read)request).Consistency);
            return new ReadResult(1, new KeyValueAnswer.Value(1, default).Encode());
        });

        await fixture.Client.GetAsync("/kv/a");
        await fixture.Client.GetAsync("/kv/a?consistency=linearizable");
        await fixture.Client.GetAsync("/kv/a?consistency=stale");
        await fixture.Client.GetAsync("/kv/a?consistency=follower");
        await fixture.Client.GetAsync("/kv/a?consistency=lease");
        await fixture.Client.GetAsync("/kv/a?consistency=bounded");

        Assert.Equal(
            [
                ReadConsistency.Linearizable, ReadConsistency.Linearizable, ReadConsistency.Stale, ReadConsistency.Follower, ReadConsistency.Lease,
                ReadConsistency.Bounded,
            ],
            seen);
    }

    [Fact]
    public async Task A_bounded_read_names_its_bound_and_is_told_how_far_behind_the_answer_is()
    {
        Read? seen = null;
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            seen = (Read)request;
            return new ReadResult(1, new KeyValueAnswer.Value(1, default).Encode()) { Staleness = TimeSpan.FromMilliseconds(119.2) };
        });

        using var response = await fixture.Client.GetAsync("/kv/a?consistency=bounded&max-staleness-ms=250");

        Assert.Equal((ReadConsistency.Bounded, TimeSpan.FromMilliseconds(250)), (seen!.Consistency, seen.MaxStaleness!.Value));
        Assert.Equal(["120"], response.Headers.GetValues("X-Raft-Staleness-Ms"));
    }

    [Theory]
    [InlineData("/kv/a?consistency=bounded&max-staleness-ms=soon")]
    [InlineData("/kv/a?consistency=bounded&max-staleness-ms=-1")]
    [InlineData("/kv/a?max-staleness-ms=250")]
    [InlineData("/kv/a?consistency=strong")]
    public async Task A_consistency_that_makes_no_sense_is_refused(string target)
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => throw new InvalidOperationException("the node was asked"));
        Assert.Equal(HttpStatusCode.BadRequest, (await fixture.Client.GetAsync(target)).StatusCode);
    }

    [Fact]
    public async Task Keys_are_listed_in_pages()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();
        foreach (var key in new[] { "b", "a/2", "a/1", "a/3" })
        {
            await fixture.Client.PutAsync("/kv/" + key, new ByteArrayContent([]));
        }

        var first = await Json(await fixture.Client.GetAsync("/kv?prefix=a/&limit=2"));
        var second = await Json(await fixture.Client.GetAsync("/kv?prefix=a/&limit=2&after=a/2"));

        Assert.Equal(["a/1", "a/2"], first.GetProperty("keys").EnumerateArray().Select(static key => key.GetProperty("key").GetString()));
        Assert.True(first.GetProperty("truncated").GetBoolean());
        Assert.Equal(["a/3"], second.GetProperty("keys").EnumerateArray().Select(static key => key.GetProperty("key").GetString()));
        Assert.False(second.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task Status_and_health_tell_of_the_node()
    {
        await using var fixture = await HttpFrontFixture.StartWithStateMachineAsync();

        var status = await Json(await fixture.Client.GetAsync("/status"));
        using var ready = await fixture.Client.GetAsync("/health/ready");

        Assert.Equal("follower", status.GetProperty("role").GetString());
        Assert.Equal("n2", status.GetProperty("leader").GetString());
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task A_node_is_not_ready_without_a_leader_or_without_a_state_or_without_an_answer()
    {
        object? answer = HttpFrontFixture.Status with { LeaderId = default };
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => answer, static settings => settings with { RequestTimeout = TimeSpan.FromMilliseconds(300) });

        using var withoutLeader = await fixture.Client.GetAsync("/health/ready");
        answer = HttpFrontFixture.Status with { Role = RaftRole.Recovering };
        using var recovering = await fixture.Client.GetAsync("/health/ready");
        answer = HttpFrontFixture.Status with { NotServing = "it has no state" };
        using var withoutState = await fixture.Client.GetAsync("/health/ready");
        var status = await Json(await fixture.Client.GetAsync("/status"));
        answer = new Unavailable("restarts");
        using var unavailable = await fixture.Client.GetAsync("/health/ready");
        answer = null;
        using var silent = await fixture.Client.GetAsync("/health/ready");

        Assert.All([withoutLeader, recovering, withoutState, unavailable, silent], static response =>
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        Assert.Contains("no leader", (await Json(withoutLeader)).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("it has no state", (await Json(withoutState)).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("it has no state", status.GetProperty("notServing").GetString());
        Assert.Contains("(restarts)", (await Json(unavailable)).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fixture.Client.GetAsync("/status")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.GetAsync("/health/live")).StatusCode);
    }

    /// <summary>Where it may run again by itself a restart of the process would only take longer.</summary>
    [Fact]
    public async Task A_process_that_only_a_restart_helps_is_not_live()
    {
        object? answer = new Unavailable("its journal's actor was stopped") { OnlyRestartHelps = true };
        await using var fixture = await HttpFrontFixture.StartAsync(_ => answer);
        using var dead = await fixture.Client.GetAsync("/health/live");
        answer = new Unavailable("it restarts");
        using var restarting = await fixture.Client.GetAsync("/health/live");
        await fixture.StopRaftAsync();
        using var stopped = await fixture.Client.GetAsync("/health/live");
        using var ready = await fixture.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, dead.StatusCode);
        Assert.Contains("journal's actor was stopped", (await Json(dead)).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, restarting.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stopped.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task A_server_that_was_removed_says_so()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            static _ => HttpFrontFixture.Status with { LeaderId = default, Configuration = Raft.Actors.Model.Configuration.Empty });

        using var ready = await fixture.Client.GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("it was removed", (await Json(ready)).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.False((await Json(await fixture.Client.GetAsync("/status"))).GetProperty("isMember").GetBoolean());
    }

    private static async Task<HttpStatusCode> PutAsync(HttpFrontFixture fixture, string target, int size, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(fixture.Client.BaseAddress!, target));
        request.Content = new ByteArrayContent(new byte[size]);
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await fixture.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> ConditionalAsync(HttpFrontFixture fixture, string? ifMatch = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/kv/a");
        request.Content = new ByteArrayContent([1]);
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return await fixture.Client.SendAsync(request);
    }

    private static async Task<string> RawAsync(HttpFrontFixture fixture, string request)
    {
        // HttpClient would tidy the path up and refuse to send what is badly encoded.
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, fixture.Client.BaseAddress!.Port);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static async Task<JsonElement> Json(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
