using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using Raft.Fuzz.Inputs;

namespace Raft.Tests.Processes;

/// <summary>A connection to the port of Akka.Remote, by hand: whoever attacks sends what Akka.NET would not.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Stream _stream;

    private RawConnection(Stream stream) => _stream = stream;

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="port">The host's port on this machine.</param>
    /// <param name="authority">Whose certificates are shown and expected; null: there is no TLS.</param>
    public static async Task<RawConnection> OpenAsync(int port, Certificates? authority)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (authority is not null)
        {
            var secure = new SslStream(stream);
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                ClientCertificateContext = SslStreamCertificateContext.Create(
                    authority.Server("stranger"), additionalCertificates: null, offline: true),
                CertificateChainPolicy = authority.Trust,
            });
            stream = secure;
        }

        var connection = new RawConnection(stream);
        await connection.SendAsync(AkkaFrame.Associate("stranger", "127.0.0.1", 1, 7));
        var length = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(length);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32LittleEndian(length)]);
        return connection;
    }

    /// <summary>Sends one frame.</summary>
    public async Task SendAsync(byte[] frame) => await _stream.WriteAsync(AkkaFrame.WithLength(frame));

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
