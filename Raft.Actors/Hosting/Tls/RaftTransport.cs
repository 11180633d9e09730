using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// The transport that <see cref="RaftRemoting.Defaults"/> names for <c>akka.remote.dot-netty.tcp</c>. Without <c>enable-ssl</c> it is
/// Akka's own. With it, it is <see cref="TlsTransport"/>: Akka's shuts its actor system down when a peer's TLS handshake fails.
/// </summary>
public sealed class RaftTransport : Transport
{
    private const string AkkaTransport = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote";

    private readonly Transport _inner;

    /// <summary>Called by Akka.Remote.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="config">The section <c>akka.remote.dot-netty.tcp</c>.</param>
    public RaftTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        _inner = config.GetBoolean("enable-ssl", false) ? new TlsTransport(system, config) : MakeAkkas(system, config);
        SchemeIdentifier = _inner.SchemeIdentifier;
        MaximumPayloadBytes = _inner.MaximumPayloadBytes;
    }

    /// <inheritdoc />
    public override Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen() => _inner.Listen();

    /// <inheritdoc />
    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    /// <inheritdoc />
    public override Task<AssociationHandle> Associate(Address remoteAddress) => _inner.Associate(remoteAddress);

    /// <inheritdoc />
    public override Task<bool> Shutdown() => _inner.Shutdown();

    /// <inheritdoc />
    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    // By its name, as Akka.Remote makes it: the class is not public.
    private static Transport MakeAkkas(ActorSystem system, Config config) =>
        (Transport)Activator.CreateInstance(
            Type.GetType(AkkaTransport, throwOnError: true)!,
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions,
            binder: null,
            [system, config],
            CultureInfo.InvariantCulture)!;
}
