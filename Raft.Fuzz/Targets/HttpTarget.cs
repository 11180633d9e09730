using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Raft.Fuzz.Inputs;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The host's HTTP. No request is answered by a fault of the host's (500) or by nothing at all, and one that names a host
/// which is not this one, as a web page's would, changes nothing.
/// </summary>
internal sealed class HttpTarget(ServersUnderFire servers) : IFuzzTarget
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] Methods =
        ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "get", "X"];

    private static readonly string[] Paths =
    [
        "/kv/a", "/kv/%00%ff", "/kv/..%2f..", "/kv", "/watch", "/sessions", "/sessions/1", "/members", "/members/n1",
        "/members/n1/demote",
        "/members/n9/promote", "/leader", "/snapshots", "/snapshots/latest", "/status", "/health/live", "/health/ready",
        "/entries/1/skip", "/", "*",
        "http://evil.example/kv/a", "//kv/a", "/kv/" + new string('k', 3000),
    ];

    private static readonly string[] Queries =
    [
        string.Empty, "?", "?expect=hello", "?expect-version=1", "?consistency=linearizable", "?consistency=stale&max-age=1s",
        "?limit=-1",
        "?limit=99999999999999999999", "?prefix=%", "?after=%zz", "?session=1&sequence=2", "?ttl=1e400", "?timeout=-1s",
        "?a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a",
        "?wait=1ms", "?index=9223372036854775807", "?term=-1", "?address=akka.tcp://a@b:1", "?force=true",
    ];

    private static readonly string[] Headers =
    [
        "Origin: http://evil.example", "Sec-Fetch-Site: cross-site", "Content-Length: -1", "Content-Length: 99999999999",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue", "If-Match: \"x\"", "Accept: text/event-stream", "Last-Event-ID: 18446744073709551616",
        "Raft-Session: 1/2",
        "Upgrade: websocket", "Connection: upgrade", "Content-Encoding: gzip", "Cookie: " + "c=" + "d", "X: \u0001",
    ];

    /// <summary>What may be written with the right host's name: the group stays as it is.</summary>
    private static readonly string[] OfClients = ["/kv", "/sessions", "/watch", "/status", "/health"];

    private string? _state;

    /// <inheritdoc />
    public string Name => "http";

    /// <inheritdoc />
    public async Task TryAsync(Random luck)
    {
        _state ??= await servers.StateAsync();
        var port = servers.HttpPorts[luck.Next(servers.HttpPorts.Length)];
        var request = Request(luck);
        var line = await FirstLineAsync(port, request);
        var isAnswer = line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && line.Length >= 12;
        if ((line.Length > 0 && !isAnswer) || (isAnswer && line[9..12] is "500" or "502"))
        {
            throw new FuzzFindingException(
                $"{Convert.ToHexString(request)} ({Encoding.Latin1.GetString(request)}) is answered '{line}'");
        }
    }

    /// <inheritdoc />
    public Task CheckAsync() => servers.RequireUnchangedAsync(_state);

    private byte[] Request(Random luck)
    {
        var method = Methods[luck.Next(Methods.Length)];
        var path = Paths[luck.Next(Paths.Length)];
        var reads = method is "GET" or "HEAD"
            && Array.Exists(OfClients, known => path.StartsWith(known, StringComparison.Ordinal));
        var host = reads ? $"127.0.0.1:{servers.HttpPorts[0]}" : "evil.example";
        var text = new StringBuilder(
            $"{method} {path}{Queries[luck.Next(Queries.Length)]} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (var left = luck.Next(3); left > 0; left--)
        {
            text.Append(Headers[luck.Next(Headers.Length)]).Append("\r\n");
        }

        var body = new byte[luck.Next(3) == 0 ? luck.Next(3000) : 0];
        luck.NextBytes(body);
        if (body.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        }

        var head = Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
        byte[] whole = [.. head, .. body];

        // A damaged request that may write is damaged behind its first lines, so that it still names a foreign host.
        var safe = reads ? 0 : Encoding.Latin1.GetString(head).IndexOf("Connection", StringComparison.Ordinal);
        return luck.Next(2) == 0 ? whole : [.. whole[..safe], .. Mutation.Of(whole[safe..], [], luck)];
    }

    /// <summary>The first line of the answer; empty where the connection was closed without one.</summary>
    private static async Task<string> FirstLineAsync(int port, byte[] request)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port, limit.Token);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        try
        {
            await stream.WriteAsync(request, limit.Token);

            // A request without an end waits for it; the stranger has said all that he has to say.
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[64];
            var length = await stream.ReadAtLeastAsync(answer, 13, throwOnEndOfStream: false, limit.Token);
            return Encoding.Latin1.GetString(answer, 0, length).Split('\r')[0];
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            return string.Empty;
        }
        catch (OperationCanceledException silent)
        {
            throw new FuzzFindingException(
                $"{Encoding.Latin1.GetString(request)} is not answered in {Patience.TotalSeconds} s", silent);
        }
    }
}
