using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using Raft.Actors.Hosting.Identity;

namespace Raft.Actors.Hosting.Tls;

/// <summary>A connection whose handshake is done. What is written while something is on its way leaves together.</summary>
internal sealed class TlsConnection : AssociationHandle, IIdentified
{
    private const int BatchBytes = 64 * 1024;

    private readonly TlsTransport _transport;
    private readonly TlsSettings _settings;
    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly bool _isOutgoing;
    private readonly Channel<ByteString> _queue =
        Channel.CreateUnbounded<ByteString>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _queuedBytes;
    private int _isEnded;
    private volatile bool _isClosing;
    private volatile bool _hasHeard;
    private volatile IHandleEventListener? _listener;

    public TlsConnection(TlsTransport transport, Socket socket, SslStream stream, bool isOutgoing, Address local, Address remote)
        : base(local, remote)
    {
        (_transport, _settings, _socket, _stream, _isOutgoing) = (transport, transport.Settings, socket, stream, isOutgoing);
        ReadHandlerSource.Task.ContinueWith(
            listener => _ = ReadAsync(listener.Result),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
        _ = WriteAsync();
    }

    /// <inheritdoc />
    public CertificateHolder? Peer { get; init; }

    /// <summary>Done when the connection has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>False: not taken. Akka.Remote keeps it and tries again a little later.</summary>
    public override bool Write(ByteString payload)
    {
        if (Interlocked.Read(ref _queuedBytes) > _settings.MaxQueuedBytes || !_queue.Writer.TryWrite(payload))
        {
            return false;
        }

        Interlocked.Add(ref _queuedBytes, payload.Length);
        return true;
    }

    /// <summary>Ends the connection after what has been written.</summary>
    [Obsolete("As in the base class.")]
    public override void Disassociate() => Close();

    /// <summary>Ends the connection after what has been written.</summary>
    public void Close()
    {
        _isClosing = true;
        _queue.Writer.TryComplete();
    }

    /// <summary>Ends it at once.</summary>
    public void Abort(DisassociateInfo why)
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return;
        }

        Close();
        _socket.Dispose();
        _transport.Forget(this);
        _listener?.Notify(new Disassociated(why));
        _ended.TrySetResult();
    }

    private async Task WriteAsync()
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        try
        {
            while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                var bytes = Gather(batch);
                await _stream.WriteAsync(batch.WrittenMemory).ConfigureAwait(false);
                Interlocked.Add(ref _queuedBytes, -bytes);
                if (batch.Capacity > 4 * BatchBytes)
                {
                    batch = new ArrayBufferWriter<byte>(BatchBytes);
                }
            }

            // Half a close: a whole one would have the system answer the peer's next bytes by a reset, which may
            // take from the peer what was sent last, Akka's reason for the end.
            await _stream.ShutdownAsync().ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Send);
            if (_listener is not null)
            {
                await Task.WhenAny(Ended, Task.Delay(_settings.FlushWait)).ConfigureAwait(false);
            }

            Abort(DisassociateInfo.Unknown);
        }
        catch (Exception failure) when (TlsTrouble.IsOfConnection(failure))
        {
            TellOfEnd(failure);
            Abort(Why(failure));
        }
        catch (Exception failure)
        {
            _transport.Report(failure, RemoteAddress);
            Abort(DisassociateInfo.Unknown);
        }
    }

    private int Gather(ArrayBufferWriter<byte> batch)
    {
        batch.ResetWrittenCount();
        var bytes = 0;
        while (batch.WrittenCount < BatchBytes && _queue.Reader.TryRead(out var payload))
        {
            FrameBuffer.WriteHeader(batch.GetSpan(FrameBuffer.Header), payload.Length, _settings.LittleEndian);
            batch.Advance(FrameBuffer.Header);
            batch.Write(payload.Span);
            bytes += payload.Length;
        }

        return bytes;
    }

    private async Task ReadAsync(IHandleEventListener listener)
    {
        _listener = listener;
        if (Ended.IsCompleted)
        {
            listener.Notify(new Disassociated(DisassociateInfo.Unknown));
            return;
        }

        var frames = new FrameBuffer(_settings.MaxFrame, _settings.LittleEndian);
        try
        {
            while (await _stream.ReadAsync(frames.Room).ConfigureAwait(false) is var read and > 0)
            {
                if (!_hasHeard)
                {
                    // With TLS 1.3 a handshake is done here before the peer has looked at this server's certificate.
                    _hasHeard = true;
                    _transport.Works(RemoteAddress);
                }

                frames.Read(read);
                while (frames.TryTake(out var payload))
                {
                    // What comes after our own end is still read, so that the peer's writes are not answered by a reset.
                    if (!_isClosing && payload.Length > 0)
                    {
                        listener.Notify(new InboundPayload(payload));
                    }
                }
            }

            TellOfEnd(failure: null);
            Abort(DisassociateInfo.Unknown);
        }
        catch (Exception failure) when (TlsTrouble.IsOfConnection(failure))
        {
            TellOfEnd(failure);
            Abort(Why(failure));
        }
        catch (Exception failure)
        {
            _transport.Report(failure, RemoteAddress);
            Abort(DisassociateInfo.Unknown);
        }
    }

    /// <summary>
    /// What the peer's end of a connection means, if anything. It comes before the abort, which ends the rest.
    /// </summary>
    private void TellOfEnd(Exception? failure)
    {
        if (!_isClosing)
        {
            _transport.Broke(RemoteAddress, failure, wasRefused: _isOutgoing && !_hasHeard && _settings.Mutual);
        }
    }

    private static DisassociateInfo Why(Exception failure) =>
        TlsTrouble.IsReset(failure) ? DisassociateInfo.Shutdown : DisassociateInfo.Unknown;
}
