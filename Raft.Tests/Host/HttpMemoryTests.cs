using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Watching;
using Raft.Host.Hosting;
using Raft.Host.Http;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>What clients have the front hold has a bound, each and all together.</summary>
public sealed class HttpMemoryTests
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;
    private const int Memory = 2 * MiB;
    private const string EndOfHead = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_budget_gives_all_or_nothing()
    {
        var budget = new MemoryBudget(10);
        Assert.True(budget.TryTake(7));
        Assert.False(budget.TryTake(4));
        Assert.True(budget.TryTake(3));
        budget.Return(3);
        Assert.Equal(3, budget.Free);
    }

    [Fact]
    public void A_request_holds_the_most_that_it_asked_for_and_small_things_are_free()
    {
        var budget = new MemoryBudget(MiB);
        var memory = new RequestMemory(budget);
        memory.Hold(RequestMemory.FreeBytes);
        Assert.Equal(MiB, budget.Free);
        memory.Hold(100 * KiB);
        memory.Hold(300 * KiB);
        memory.Hold(200 * KiB);
        Assert.Equal(MiB - (300 * KiB), budget.Free);
        Assert.Equal(503, Assert.Throws<RequestRefusedException>(() => memory.Hold(2 * MiB)).Status);
        Assert.Equal(MiB - (300 * KiB), budget.Free);
        memory.Release();
        memory.Release();
        Assert.Equal(MiB, budget.Free);
    }

    [Fact]
    public async Task A_line_of_many_parameters_is_refused_and_not_taken_apart()
    {
        await using var fixture = await StartAsync();
        var parameters = string.Join('&', Enumerable.Repeat("a", 17));

        using var refused = await fixture.Client.GetAsync($"/status?{parameters}");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("more than 16 parameters", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_lines_find_room_or_their_connection_ends()
    {
        await using var fixture = await StartAsync();
        await using var first = await fixture.ConnectAsync();
        await SendAsync(first, $"GET /kv/{new string('a', 200 * KiB)}");
        await UntilAsync(() => fixture.Memory.Free <= Memory - (200 * KiB * HeadReader.Factor));

        // No room for a second of the kind; a short one needs none.
        await using var second = await fixture.ConnectAsync();
        Assert.Empty(await SendAndReadAsync(second, $"GET /kv/{new string('a', 200 * KiB)}"));
        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.GetAsync("/health/live")).StatusCode);

        // The first has its room until it is answered, and the next may have it then.
        Assert.StartsWith("HTTP/1.1 404 ", await SendAndReadAsync(first, EndOfHead), StringComparison.Ordinal);
        await UntilAsync(() => fixture.Memory.Free == Memory);
        using var third = await fixture.Client.GetAsync($"/kv/{new string('a', 200 * KiB)}");
        Assert.Equal(HttpStatusCode.NotFound, third.StatusCode);
        await UntilAsync(() => fixture.Memory.Free == Memory);
    }

    [Fact]
    public async Task Large_bodies_and_answers_find_room_or_are_refused()
    {
        await using var fixture = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(fixture, "large", 300 * KiB)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(fixture, "small", KiB)).StatusCode);
        await UntilAsync(() => fixture.Memory.Free == Memory);

        // It announces a megabyte, and takes no room but for what has come.
        await using var upload = await fixture.ConnectAsync();
        await SendAsync(upload, $"PUT /kv/slow HTTP/1.1\r\nContent-Length: {MiB - 1}\r\nHost: [::1]\r\nConnection: close\r\n\r\n");
        await SendAsync(upload, new string('a', 300 * KiB));
        await UntilAsync(() => fixture.Memory.Free == MiB);
        await SendAsync(upload, new string('a', 600 * KiB));
        await UntilAsync(() => fixture.Memory.Free == 0);

        using var write = await PutAsync(fixture, "other", 300 * KiB);
        using var read = await fixture.Client.GetAsync("/kv/large");
        Assert.All([write, read], static refused => Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode));
        Assert.Contains("notDone", await write.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), read.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(fixture, "small", KiB)).StatusCode);
        Assert.Equal(KiB, (await fixture.Client.GetByteArrayAsync("/kv/small")).Length);

        var rest = new string('a', MiB - 1 - (900 * KiB));
        Assert.StartsWith("HTTP/1.1 200 ", await SendAndReadAsync(upload, rest), StringComparison.Ordinal);
        await UntilAsync(() => fixture.Memory.Free == Memory);
        Assert.Equal(300 * KiB, (await fixture.Client.GetByteArrayAsync("/kv/large")).Length);
        Assert.Equal(MiB - 1, (await fixture.Client.GetByteArrayAsync("/kv/slow")).Length);
        await UntilAsync(() => fixture.Memory.Free == Memory);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        await using var fixture = await StartAsync(new HttpLimits { MaxConnections = 2 });
        await using (var first = await fixture.ConnectAsync())
        {
            await using var second = await fixture.ConnectAsync();
            Assert.StartsWith("HTTP/1.1 200 ", await AskForLifeAsync(first), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 200 ", await AskForLifeAsync(second), StringComparison.Ordinal);
            Assert.Empty(await AnswerToAnotherAsync(fixture));
        }

        await UntilAsync(async () => (await AnswerToAnotherAsync(fixture)).Length > 0);
    }

    [Fact]
    public async Task Sessions_beyond_an_addresses_share_are_refused()
    {
        var last = 0L;
        await using var fixture = await HttpFrontFixture.StartAsync(
            request => request switch
            {
                RegisterSession => new SessionRegistered(++last, TimeSpan.FromMinutes(10)),
                CloseSession close => new SessionClosed(close.SessionId),
                _ => null,
            },
            static settings => settings with { Limits = new HttpLimits { MaxSessionsPerClient = 2 } });

        Assert.Equal(HttpStatusCode.Created, (await fixture.Client.PostAsync("/sessions", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await fixture.Client.PostAsync("/sessions", null)).StatusCode);
        using var refused = await fixture.Client.PostAsync("/sessions", null);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("host.http.max-sessions-per-client", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2, last);

        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.DeleteAsync("/sessions/1")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await fixture.Client.PostAsync("/sessions", null)).StatusCode);
    }

    [Fact]
    [Trait("Category", SlowTest.Category)]
    public async Task A_watcher_that_reads_nothing_holds_no_change_and_hinders_nobody()
    {
        // More than the sockets of the operating system take in.
        const int Changes = 12;
        var feed = new ChangeFeed(100 * MiB);
        await using var fixture = await StartAsync(new HttpLimits { MaxWatchers = 2 }, feed);
        await using var idle = await fixture.ConnectAsync();
        idle.Socket.ReceiveBufferSize = 4 * KiB;
        await SendAsync(idle, "GET /watch?from=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        using var busy = await fixture.Client.GetAsync("/watch?from=1", HttpCompletionOption.ResponseHeadersRead);
        using var full = await fixture.Client.GetAsync("/watch?from=1", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);

        var values = Put(feed, Changes);
        using var events = new StreamReader(await busy.Content.ReadAsStreamAsync());
        for (var index = 1; index <= Changes;)
        {
            index += await events.ReadLineAsync() == $"id: {index}" ? 1 : 0;
        }

        // What the feed has forgotten is gone, although one who has not read it is still there: well before that one is cut off.
        feed.Restored(50);
        await UntilAsync(
            () =>
            {
                GC.Collect();
                return Task.FromResult(values.All(static value => !value.TryGetTarget(out _)));
            },
            TimeSpan.FromSeconds(10));
        idle.ReadTimeout = (int)Patience.TotalMilliseconds;
        var rest = await SendAndReadAsync(idle, string.Empty);
        Assert.DoesNotContain($"id: {Changes}\n", rest, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<byte[]>[] Put(ChangeFeed feed, int count)
    {
        var values = Enumerable.Range(0, count).Select(static _ => new byte[MiB]).ToArray();
        for (var i = 0; i < count; i++)
        {
            feed.Applied(i + 1, new KeyChange(i + 1, "a"u8.ToArray(), values[i]));
        }

        return [.. values.Select(static value => new WeakReference<byte[]>(value))];
    }

    private static Task<HttpFrontFixture> StartAsync() => StartAsync(new HttpLimits { MaxMemory = Memory });

    private static Task<HttpFrontFixture> StartAsync(HttpLimits limits, ChangeFeed? feed = null) =>
        HttpFrontFixture.StartWithStateMachineAsync(settings => settings with { Limits = limits }, feed);

    private static async Task<HttpResponseMessage> PutAsync(HttpFrontFixture fixture, string key, int size) =>
        await fixture.Client.PutAsync($"/kv/{key}", new ByteArrayContent(new byte[size]));

    private static ValueTask SendAsync(NetworkStream connection, string text) =>
        connection.WriteAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> AskForLifeAsync(NetworkStream connection)
    {
        await SendAsync(connection, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var buffer = new byte[1000];
        return Encoding.ASCII.GetString(buffer, 0, await connection.ReadAsync(buffer));
    }

    /// <summary>The answer on a connection of its own; nothing where it was closed, be it while it was made.</summary>
    private static async Task<string> AnswerToAnotherAsync(HttpFrontFixture fixture)
    {
        try
        {
            await using var connection = await fixture.ConnectAsync();
            return await SendAndReadAsync(connection, "GET /health/live" + EndOfHead);
        }
        catch (SocketException)
        {
            return string.Empty;
        }
    }

    /// <summary>Sends and reads all that comes until the connection ends; nothing where it was cut off.</summary>
    private static async Task<string> SendAndReadAsync(NetworkStream connection, string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var reader = new StreamReader(connection, leaveOpen: true);
        try
        {
            await SendAsync(connection, text);
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan? within = null)
    {
        using var patience = new CancellationTokenSource(within ?? Patience);
        while (!await holds())
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
