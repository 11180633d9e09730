using System.Net;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Watching;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Watching keys over HTTP, as server-sent events.</summary>
public sealed class HttpWatchTests
{
    private readonly ChangeFeed _feed = new(maxBytes: 2000);

    // Where the group says that what changes from now on begins.
    private long? _now;

    [Fact]
    public async Task Changes_come_in_order_past_and_new_and_go_on_after_a_reconnect()
    {
        await using var fixture = await StartAsync();
        Put(2, "a", "1");
        Put(3, "b c", "2");
        using (var events = await WatchAsync(fixture, "/watch?from=1"))
        {
            Assert.Equal(["id: 2", "event: put", """data: {"index":2,"key":"a","value":"MQ=="}"""], await NextAsync(events));
            Assert.Equal("id: 3", (await NextAsync(events))[0]);
            _feed.Applied(5, new KeyChange(5, Encoding.UTF8.GetBytes("a"), null));
            Assert.Equal(["id: 5", "event: delete", """data: {"index":5,"key":"a"}"""], await NextAsync(events));
        }

        Put(6, "d", "3");
        using var again = await WatchAsync(fixture, "/watch", lastEventId: "5");
        Assert.Equal("id: 6", (await NextAsync(again))[0]);
    }

    [Fact]
    public async Task Only_keys_with_the_prefix_are_told_of()
    {
        await using var fixture = await StartAsync();
        Put(1, "a/1", "x");
        Put(2, "b/1", "x");
        Put(3, "a/2", "x");
        using var events = await WatchAsync(fixture, "/watch?from=1&prefix=a%2F");
        Assert.Equal("id: 1", (await NextAsync(events))[0]);
        Assert.Equal("id: 3", (await NextAsync(events))[0]);
    }

    [Fact]
    public async Task Without_an_index_a_watch_begins_with_the_next_change()
    {
        await using var fixture = await StartAsync();
        Put(1, "a", "x");
        _now = 2;
        using var events = await WatchAsync(fixture, "/watch");
        Put(2, "b", "x");
        Assert.Equal("id: 2", (await NextAsync(events))[0]);
    }

    [Fact]
    public async Task A_server_that_has_just_started_does_not_report_what_it_applies_anew()
    {
        await using var fixture = await StartAsync();
        _now = 60;
        using var events = await WatchAsync(fixture, "/watch");
        _feed.Restored(50);
        Put(55, "a", "old");
        Put(60, "b", "new");
        Assert.Equal("id: 60", (await NextAsync(events))[0]);
    }

    [Fact]
    public async Task Without_a_leader_a_watch_from_now_on_says_so()
    {
        await using var fixture = await StartAsync();
        using var refused = await fixture.Client.GetAsync("/watch");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task A_watch_from_a_forgotten_index_gets_410_Gone()
    {
        await using var fixture = await StartAsync();
        for (var index = 1; index <= 1000; index++)
        {
            Put(index, "a", "x");
        }

        using var refused = await fixture.Client.GetAsync("/watch?from=1");
        Assert.Equal(HttpStatusCode.Gone, refused.StatusCode);
        Assert.Contains($"up to {_feed.Forgotten} are not remembered", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watcher_that_falls_behind_is_cut_off_with_the_reason()
    {
        await using var fixture = await StartAsync();
        using var events = await WatchAsync(fixture, "/watch?from=1");
        _feed.Restored(50);
        var last = await NextAsync(events);
        Assert.Equal("event: gone", last[0]);
        Assert.Contains("\"forgotten\":50", last[1], StringComparison.Ordinal);
        Assert.Null(await events.ReadLineAsync());
    }

    [Theory]
    [InlineData("/watch?from=0")]
    [InlineData("/watch?from=now")]
    [InlineData("/watch?form=1")]
    public async Task A_wrong_parameter_is_refused(string target)
    {
        await using var fixture = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await fixture.Client.GetAsync(target)).StatusCode);
    }

    private static async Task<StreamReader> WatchAsync(HttpFrontFixture fixture, string target, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await fixture.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal([": watching"], await NextAsync(reader));
        return reader;
    }

    /// <summary>The lines of the next event.</summary>
    private static async Task<string[]> NextAsync(StreamReader events)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var lines = new List<string>();
        while (await events.ReadLineAsync(patience.Token) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    private Task<HttpFrontFixture> StartAsync() => HttpFrontFixture.StartAsync(
        request => request is not ReadChanges { From: 0 } ? null
            : _now is { } next ? new ChangesRead(next, [])
            : new NotLeader(default, null),
        static settings => settings,
        feed: _feed);

    private void Put(long index, string key, string value) =>
        _feed.Applied(index, new KeyChange(index, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value)));
}
