using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Raft.Tests.Processes;

/// <summary>What is known of a write, or of a read.</summary>
internal enum Known
{
    Done,
    NotDone,
    Unknown,
}

/// <summary>What a host said to a request; where it said nothing, <paramref name="Status"/> is 0.</summary>
internal sealed record HostAnswer(int Status, Known Outcome, long Index, string Text);

/// <summary>A host's own view.</summary>
internal sealed record HostStatus(
    string ServerId, string Role, long Term, string? Leader, long CommitIndex, long LastApplied, long LastLogIndex);

/// <summary>A state's keys with their versions, and the log index up to which it had applied the log.</summary>
internal sealed record HostListing(SortedDictionary<string, long> Keys, long AppliedIndex);

/// <summary>Speaks HTTP with one host, and takes its answers at their word.</summary>
internal sealed class HostClient : IDisposable
{
    private readonly HttpClient _http;

    public HostClient(string id, Uri address, NetworkNamespace? place, TimeSpan patience)
    {
        Id = id;
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };
        if (place is not null)
        {
            handler.ConnectCallback = async (context, cancellation) =>
            {
                var socket = place.CreateSocket();
                try
                {
                    await socket.ConnectAsync(
                        IPEndPoint.Parse($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}"), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        _http = new HttpClient(handler) { BaseAddress = address, Timeout = patience };
    }

    public string Id { get; }

    /// <summary>Writes a key; with a version only over that version, 0 being: only where it is not there.</summary>
    public Task<HostAnswer> PutAsync(
        string key, string value, long? version = null, (long Id, long Sequence)? session = null) => WriteAsync(() =>
    {
        var request = new HttpRequestMessage(HttpMethod.Put, "/kv/" + key) { Content = new StringContent(value) };
        if (session is var (id, sequence))
        {
            request.Headers.Add("X-Raft-Session", id.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("X-Raft-Sequence", sequence.ToString(CultureInfo.InvariantCulture));
        }

        if (version == 0)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }
        else if (version is { } expected)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{expected}\""));
        }

        return request;
    });

    /// <summary>
    /// Reads a key. Index is the version, 0 where it is not there; the outcome is Done where the answer says something.
    /// </summary>
    public async Task<HostAnswer> GetAsync(string key, bool stale = false)
    {
        try
        {
            using var response = await _http.GetAsync($"/kv/{key}" + (stale ? "?consistency=stale" : string.Empty));
            var text = await response.Content.ReadAsStringAsync();
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound
                ? new HostAnswer((int)response.StatusCode, Known.Done, IndexOf(response), text)
                : new HostAnswer((int)response.StatusCode, Known.NotDone, 0, text);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or TaskCanceledException or IOException or SocketException)
        {
            return new HostAnswer(0, Known.NotDone, 0, failure.Message);
        }
    }

    /// <summary>All keys with a prefix. The pages of a state that moves meanwhile need not fit together.</summary>
    public async Task<HostListing> ListAsync(string prefix = "")
    {
        var keys = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var after = string.Empty;
        while (true)
        {
            using var response = await _http.GetAsync($"/kv?consistency=stale&limit=1000&prefix={prefix}&after={after}");
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new HttpRequestException($"{Id} answers {(int)response.StatusCode}: {text}");
            }

            using var document = JsonDocument.Parse(text);
            foreach (var entry in document.RootElement.GetProperty("keys").EnumerateArray())
            {
                after = entry.GetProperty("key").GetString()!;
                keys.Add(after, entry.GetProperty("version").GetInt64());
            }

            if (!document.RootElement.GetProperty("truncated").GetBoolean())
            {
                return new HostListing(keys, IndexOf(response, "X-Raft-Applied-Index"));
            }
        }
    }

    /// <summary>The host's own view; null where it has none or does not answer.</summary>
    public async Task<HostStatus?> StatusAsync()
    {
        var answer = await AskAsync("/status");
        if (answer.Status != 200)
        {
            return null;
        }

        using var document = JsonDocument.Parse(answer.Text);
        var root = document.RootElement;
        return new HostStatus(
            root.GetProperty("serverId").GetString()!,
            root.GetProperty("role").GetString()!,
            root.GetProperty("term").GetInt64(),
            root.TryGetProperty("leader", out var leader) ? leader.GetString() : null,
            root.GetProperty("commitIndex").GetInt64(),
            root.GetProperty("lastApplied").GetInt64(),
            root.GetProperty("lastLogIndex").GetInt64());
    }

    /// <summary>A request of an operator's: its status and text.</summary>
    public async Task<HostAnswer> AdministerAsync(HttpMethod method, string target)
    {
        try
        {
            using var request = new HttpRequestMessage(method, target);
            using var response = await _http.SendAsync(request);
            return new HostAnswer((int)response.StatusCode, Known.Done, 0, await response.Content.ReadAsStringAsync());
        }
        catch (Exception failure)
            when (failure is HttpRequestException or TaskCanceledException or IOException or SocketException)
        {
            return new HostAnswer(0, Known.Unknown, 0, failure.Message);
        }
    }

    /// <summary>/health/ready.</summary>
    public Task<HostAnswer> ReadyAsync() => AskAsync("/health/ready");

    public void Dispose() => _http.Dispose();

    private static long IndexOf(HttpResponseMessage response, string header = "X-Raft-Index") =>
        response.Headers.TryGetValues(header, out var values) ? long.Parse(values.Single(), CultureInfo.InvariantCulture) : 0;

    public async Task<HostAnswer> AskAsync(string path)
    {
        try
        {
            using var response = await _http.GetAsync(path);
            return new HostAnswer((int)response.StatusCode, Known.Done, 0, await response.Content.ReadAsStringAsync());
        }
        catch (Exception failure)
            when (failure is HttpRequestException or TaskCanceledException or IOException or SocketException)
        {
            return new HostAnswer(0, Known.NotDone, 0, failure.Message);
        }
    }

    private async Task<HostAnswer> WriteAsync(Func<HttpRequestMessage> make)
    {
        try
        {
            using var request = make();
            using var response = await _http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            using var document = JsonDocument.Parse(text);
            var outcome = document.RootElement.GetProperty("outcome").GetString() switch
            {
                "done" => Known.Done,
                "notDone" => Known.NotDone,
                "unknown" => Known.Unknown,
                var other => throw new InvalidOperationException($"{Id} answers with the outcome '{other}'"),
            };
            return new HostAnswer((int)response.StatusCode, outcome, IndexOf(response), text);
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return new HostAnswer(0, Known.NotDone, 0, failure.Message);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or TaskCanceledException or IOException or SocketException or JsonException)
        {
            // Cut off in the middle: the request may have reached the host.
            return new HostAnswer(0, Known.Unknown, 0, failure.Message);
        }
    }
}

/// <summary>Text as bytes and back.</summary>
internal static class Utf8
{
    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
