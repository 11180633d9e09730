using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Fuzz.Inputs;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The port of Akka.Remote. A stranger who knows the group's name, its servers' and Akka.NET's ways, and neither the group's
/// identity nor what its servers ask one another, changes nothing: not the leader, not the term, not the members, not a
/// value.
/// </summary>
/// <remarks>
/// What a client may do without TLS is not tried: who reaches the port may write, and change the members. Commands are, for
/// the golden ones make no sense to the host's state machine.
/// </remarks>
internal sealed class WireTarget(ServersUnderFire servers) : IFuzzTarget
{
    private const string Key = "canary";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Requests that a client may make and that change more than a value.</summary>
    private static readonly HashSet<string> Rights = new(StringComparer.Ordinal)
    {
        "q.t", "q.bs", "q.av", "q.an", "q.dv", "q.rm", "q.x", "q.rs", "q.rb", "q.rp", "q.rc", "q.se", "q.ts", "q.pb",
    };

    private static readonly string[] Actors =
    [
        "raft-kv", "raft-kv/node", "raft-kv/node/replicator-n1", "raft-kv/node/replicator-n2", "raft-kv/node/heartbeat-n3",
        "raft-kv/changes",
        "raft-kv/node/state-machine", "raft-kv-discovery", "nobody",
    ];

    private readonly RaftMessageSerializer _serializer = new(null!, new PayloadCodec([]));
    private readonly Dictionary<int, NetworkStream> _connections = [];
    private string? _state;

    /// <inheritdoc />
    public string Name => "wire";

    /// <inheritdoc />
    public async Task TryAsync(Random luck)
    {
        _state ??= await BeginAsync();
        var server = luck.Next(servers.RemotePorts.Length);
        var actor = $"akka.tcp://raft@127.0.0.1:{servers.RemotePorts[server]}/user/{Actors[luck.Next(Actors.Length)]}";
        var kind = luck.Next(1000);
        var bytes = kind switch
        {
            0 => Garbage(luck),
            < 300 => AkkaFrame.WithLength(Damaged(Hostile.Frame(luck, actor), luck)),
            _ => AkkaFrame.WithLength(Forged(luck, actor, server)),
        };
        await SendAsync(server, bytes, isLast: kind == 0);
    }

    /// <inheritdoc />
    public Task CheckAsync() => servers.RequireUnchangedAsync(_state);

    private async Task<string> BeginAsync()
    {
        await servers.PutAsync(Key, "as it was");
        return await servers.StateAsync();
    }

    private static byte[] Garbage(Random luck)
    {
        var bytes = new byte[luck.Next(64)];
        luck.NextBytes(bytes);
        return bytes;
    }

    /// <summary>What stands for a client's right is left out.</summary>
    private static byte[] Damaged(byte[] frame, Random luck) =>
        HoldsRight(frame) ? [] : luck.Next(2) == 0 ? frame : Mutation.Of(frame, [], luck);

    private static bool HoldsRight(ReadOnlySpan<byte> frame)
    {
        foreach (var right in Rights)
        {
            if (frame.IndexOf(Encoding.UTF8.GetBytes(right)) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A message between servers in the name of any, for the right group and the right server; or a request or an answer.
    /// </summary>
    private byte[] Forged(Random luck, string actor, int server)
    {
        var golden = GoldenMessages.Any(luck);
        while (Rights.Contains(golden.Manifest))
        {
            golden = GoldenMessages.Any(luck);
        }

        var bytes = golden.Bytes;
        if (golden.Manifest.StartsWith(MessageTable.PeerPrefix, StringComparison.Ordinal)
            && _serializer.FromBinary(bytes, golden.Manifest) is IPeerMessage message and not UnknownVersionMessage)
        {
            var forged = message.With(Header(luck, server));
            bytes = forged is ForwardedRequest ? bytes : _serializer.ToBinary(forged);
        }

        bytes = luck.Next(4) == 0 ? Mutation.Of(bytes, [], luck) : bytes;
        return AkkaFrame.Message(actor, actor, AkkaFrame.Payload(RaftMessageSerializer.FixedIdentifier, golden.Manifest, bytes));
    }

    private static PeerHeader Header(Random luck, int server)
    {
        var term = luck.Next(4) switch
        {
            0 => luck.Next(4),
            1 => long.MaxValue - luck.Next(2),
            2 => 1L << luck.Next(63),
            _ => luck.Next(1000),
        };
        var (from, to) = (new ServerId($"n{1 + luck.Next(4)}"), new ServerId($"n{1 + server}"));
        return new PeerHeader(ProtocolVersion.Current, "kv", from, to, term)
        {
            Identity = luck.Next(3) switch
            {
                0 => null,
                1 => new PeerIdentity(default, new JournalIdentity((ulong)luck.NextInt64()), default),
                _ => new PeerIdentity(
                    new GroupIdentity(new UInt128((ulong)luck.NextInt64(), (ulong)luck.NextInt64())),
                    new JournalIdentity((ulong)luck.NextInt64()), default),
            },
        };
    }

    /// <summary>Sends it on the connection to a server, a new one where the server has closed the last.</summary>
    private async Task SendAsync(int server, byte[] bytes, bool isLast)
    {
        try
        {
            if (!_connections.TryGetValue(server, out var connection) || IsClosed(connection.Socket))
            {
                await CloseAsync(server);
                _connections[server] = connection = await ConnectAsync(servers.RemotePorts[server]);
            }

            await connection.WriteAsync(bytes);
            if (isLast)
            {
                await CloseAsync(server);
            }
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // The server has closed it, as it may; the next input goes over another.
            await CloseAsync(server);
            servers.RequireModesty();
        }
    }

    /// <summary>
    /// Ends a connection when the server has read all that was sent: closed at once, it would lose what it has not read.
    /// </summary>
    private async Task CloseAsync(int server)
    {
        if (!_connections.Remove(server, out var connection))
        {
            return;
        }

        await using (connection)
        {
            using var limit = new CancellationTokenSource(Patience);
            try
            {
                connection.Socket.Shutdown(SocketShutdown.Send);
                var rest = new byte[4096];
                while (await connection.ReadAsync(rest, limit.Token) > 0)
                {
                }
            }
            catch (Exception closed) when (closed is IOException or SocketException or OperationCanceledException)
            {
                // The server was faster, or keeps it open: there is no more to be had.
            }
        }
    }

    /// <summary>
    /// Nothing is read from a server but its handshake: there is something only where it says that this was the last.
    /// </summary>
    private static bool IsClosed(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    private static async Task<NetworkStream> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(AkkaFrame.WithLength(AkkaFrame.Associate("stranger", "127.0.0.1", 1, 7)));

        // The server's side of the handshake, and then nothing: what it answers goes to the address that was claimed.
        var length = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(length);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32LittleEndian(length)]);
        return stream;
    }
}
