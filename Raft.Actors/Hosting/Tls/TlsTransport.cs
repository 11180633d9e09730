using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// TLS for Akka.Remote, with the same bytes on the wire as Akka's own transport. A peer whose handshake fails is that peer's
/// affair: the attempt ends with the reason in words, Akka.Remote gates the address and tries again. (Akka 1.5.74's own
/// transport runs CoordinatedShutdown then.) Certificates are read anew when their file changes.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Akka.Remote ends a transport by Shutdown, which disposes all.")]
internal sealed class TlsTransport : Transport
{
    private static readonly TimeSpan PauseAfterFailedAccept = TimeSpan.FromMilliseconds(50);

    private readonly TaskCompletionSource<IAssociationEventListener> _listener =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<TlsConnection, bool> _connections = new();
    private readonly TroubleLedger _ledger = new(TimeProvider.System);
    private readonly OwnCertificate _certificate;
    private readonly IdentitySettings _identity;
    private readonly Authorities? _authorities;
    private readonly ILoggingAdapter _log;
    private readonly TlsSockets _sockets;
    private Socket? _server;
    private volatile bool _isShutDown;

    public TlsTransport(ActorSystem system, Config config, IdentitySettings identity)
    {
        System = system;
        Config = config;
        _log = Logging.GetLogger(system, "tls");
        _identity = identity;
        Settings = TlsSettings.Create(system, config);
        Settings.RequireFor(identity);
        _sockets = new TlsSockets(Settings);
        _certificate = TlsSettings.Certificate(system, config, _log);
        try
        {
            _authorities = identity.AuthorityFiles.IsEmpty
                ? null
                : new Authorities(identity.AuthorityFiles, _log, TimeProvider.System);
        }
        catch (RaftConfigurationException)
        {
            _certificate.Dispose();
            throw;
        }

        SchemeIdentifier = "ssl.tcp";
        MaximumPayloadBytes = Settings.MaxFrame;
    }

    public TlsSettings Settings { get; }

    public override bool IsResponsibleFor(Address remote) => true;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        try
        {
            var endpoint = await _sockets.ResolveAsync(Settings.Hostname, Settings.Port, CancellationToken.None)
                .ConfigureAwait(false);
            var server = _server = _sockets.MakeServer(endpoint);
            server.Bind(endpoint);
            server.Listen(Settings.Backlog);

            // Nobody is accepted before there is somebody to be told of it.
            _ = _listener.Task.ContinueWith(
                listener => _ = AcceptAsync(server, listener.Result),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            return (AddressOf((IPEndPoint)server.LocalEndPoint!, Settings.PublicHostname, Settings.PublicPort), _listener);
        }
        catch (SocketException failure)
        {
            _server?.Dispose();
            _certificate.Dispose();
            _authorities?.Dispose();
            throw new RemoteTransportException(
                $"cannot listen at {Settings.Hostname}:{Settings.Port}: {failure.Message}", failure);
        }
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (_isShutDown || _server is null)
        {
            throw new RemoteTransportException("the transport does not listen", null);
        }

        var check = new PeerCheck(Settings, _identity, remoteAddress, remoteAddress.ToString(), _log);
        using var patience = new CancellationTokenSource(Settings.ConnectTimeout);
        Socket? socket = null;
        try
        {
            socket = await _sockets.ConnectAsync(remoteAddress.Host, remoteAddress.Port!.Value, patience.Token)
                .ConfigureAwait(false);
        }
        catch (Exception failure) when (TlsTrouble.IsOfConnection(failure))
        {
            // Without an inner exception Akka.Remote treats it as an address that does not answer, which it is.
            throw new InvalidAssociationException(failure is OperationCanceledException
                ? $"no connection to {NameOf(remoteAddress)} within {Settings.ConnectTimeout.TotalSeconds:0.#} s"
                : $"{failure.Message} {NameOf(remoteAddress)}");
        }

        try
        {
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = remoteAddress.Host,
                    ClientCertificateContext = Settings.Mutual ? _certificate.Current : null,
                    RemoteCertificateValidationCallback = check.Accepts,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = _authorities?.Policy,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                },
                patience.Token).ConfigureAwait(false);
            Remark(remoteAddress.ToString(), $"TLS with {NameOf(remoteAddress)}", check);
            return Open(socket, stream, isOutgoing: true, remoteAddress, check.Holder);
        }
        catch (Exception failure) when (TlsTrouble.IsOfConnection(failure))
        {
            socket.Dispose();
            var trouble = TlsTrouble.OfHandshake(failure, check.Refusal, Settings.ConnectTimeout);
            var reason = $"no TLS with {NameOf(remoteAddress)}: {trouble}";
            Tell(remoteAddress.ToString(), reason);
            throw new InvalidAssociationException(reason);
        }
    }

    public override async Task<bool> Shutdown()
    {
        _isShutDown = true;
        _server?.Dispose();
        _certificate.Dispose();
        _authorities?.Dispose();
        var connections = _connections.Keys.ToArray();
        foreach (var connection in connections)
        {
            connection.Close();
        }

        var all = Task.WhenAll(connections.Select(static connection => connection.Ended));
        var isInTime = await Task.WhenAny(all, Task.Delay(Settings.FlushWait)).ConfigureAwait(false) == all;
        foreach (var connection in _connections.Keys)
        {
            connection.Abort(DisassociateInfo.Shutdown);
        }

        return isInTime;
    }

    /// <summary>A connection has ended.</summary>
    public void Forget(TlsConnection connection) => _connections.TryRemove(connection, out _);

    /// <summary>A connection with a peer carries something from it: its handshake was done on both sides.</summary>
    public void Works(Address remote)
    {
        if (_ledger.IsMended(remote.ToString()))
        {
            _log.Info("TLS with {0} works again", NameOf(remote));
        }
    }

    /// <summary>
    /// A connection broke, or the peer ended it (without a failure). With TLS 1.3 it is only here that a client learns that its
    /// certificate was refused; by an alert, or, as from .NET on Linux, by an end before anything was said.
    /// </summary>
    public void Broke(Address remote, Exception? failure, bool wasRefused)
    {
        if (wasRefused || (failure is not null && TlsTrouble.IsAlert(failure)))
        {
            var how = failure is null ? "right after the TLS handshake" : TlsTrouble.Innermost(failure);
            Tell(
                remote.ToString(),
                $"{NameOf(remote)} ended the connection ({how}): it may not accept this server's certificate; its log says why");
        }
        else if (failure is InvalidDataException)
        {
            Tell(remote.ToString(), $"the connection with {NameOf(remote)} is given up: {failure.Message}");
        }
    }

    /// <summary>Something happened that should not have.</summary>
    public void Report(Exception failure, Address remote) =>
        _log.Error(failure, "the connection with {0} failed", NameOf(remote));

    private async Task AcceptAsync(Socket server, IAssociationEventListener listener)
    {
        while (!_isShutDown)
        {
            try
            {
                _ = WelcomeAsync(await server.AcceptAsync().ConfigureAwait(false), listener);
            }
            catch (Exception) when (_isShutDown)
            {
                return;
            }
            catch (SocketException failure)
            {
                // Out of descriptors, or who knocked has gone again.
                Tell("accept", $"could not accept a connection: {failure.Message}");
                await Task.Delay(PauseAfterFailedAccept).ConfigureAwait(false);
            }
        }
    }

    private async Task WelcomeAsync(Socket socket, IAssociationEventListener listener)
    {
        PeerCheck? check = null;
        var peer = "somebody";
        try
        {
            var remote = (IPEndPoint)socket.RemoteEndPoint!;
            peer = remote.Address.ToString();
            _sockets.Configure(socket);
            check = new PeerCheck(Settings, _identity, target: null, remote.ToString(), _log);
            using var patience = new CancellationTokenSource(Settings.ConnectTimeout);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = _certificate.Current,
                    ClientCertificateRequired = Settings.Mutual,
                    RemoteCertificateValidationCallback = Settings.Mutual ? check.Accepts : null,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = _authorities?.Policy,
                    AllowRenegotiation = false,
                    AllowTlsResume = false,
                },
                patience.Token).ConfigureAwait(false);
            Remark($"from {peer}", $"a connection from {peer}", check);
            listener.Notify(new InboundAssociation(
                Open(socket, stream, isOutgoing: false, AddressOf(remote, null, null), check.Holder)));
        }
        catch (Exception failure) when (TlsTrouble.IsOfConnection(failure))
        {
            socket.Dispose();
            var trouble = TlsTrouble.OfHandshake(failure, check?.Refusal, Settings.ConnectTimeout);
            Tell($"from {peer}", $"refused a connection from {peer}: {trouble}");
        }
        catch (Exception failure)
        {
            socket.Dispose();
            _log.Error(failure, "could not answer a connection from {0}", peer);
        }
    }

    private void Tell(string peer, string text)
    {
        if (!_isShutDown && _ledger.IsNews(peer, text))
        {
            _log.Warning(text);
        }
    }

    private void Remark(string peer, string what, PeerCheck check)
    {
        if (check.Remark is { } remark)
        {
            Tell(peer, $"lets {what} be, which raft.tls.identities = on would refuse: {remark}");
        }
    }

    private TlsConnection Open(Socket socket, SslStream stream, bool isOutgoing, Address remote, CertificateHolder? peer)
    {
        var local = AddressOf((IPEndPoint)socket.LocalEndPoint!, Settings.Hostname, null);
        var connection = new TlsConnection(this, socket, stream, isOutgoing, local, remote) { Peer = peer };
        _connections.TryAdd(connection, true);
        if (_isShutDown || connection.Ended.IsCompleted)
        {
            connection.Abort(DisassociateInfo.Shutdown);
            Forget(connection);
        }

        return connection;
    }

    // As it stands in raft.servers: Akka.Remote puts its own protocol in front.
    private static string NameOf(Address remote) => $"akka.{remote}";

    private Address AddressOf(IPEndPoint endpoint, string? host, int? port) =>
        new(SchemeIdentifier, System.Name, TlsSockets.HostOf(endpoint.Address, host), port ?? endpoint.Port);
}
