using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using Raft.Actors.Hosting.Door;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Tls;

/// <summary>
/// The transport that <see cref="RaftRemoting.Defaults"/> names for <c>akka.remote.dot-netty.tcp</c>. Without <c>enable-ssl</c>
/// it is Akka's own. With it, it is <see cref="TlsTransport"/>: Akka's shuts its actor system down when a peer's TLS handshake
/// fails. With either, what comes in passes the door (<c>raft.door</c>) before Akka.NET reads it.
/// </summary>
public sealed class RaftTransport : Transport
{
    private const string AkkaTransport = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote";

    private readonly Transport _inner;
    private readonly FrontDoor? _door;

    /// <summary>Called by Akka.Remote.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="config">The section <c>akka.remote.dot-netty.tcp</c>.</param>
    public RaftTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        var identity = IdentitySettings.Create(system.Settings.Config);
        var door = DoorSettings.Create(system);
        var isSecure = config.GetBoolean("enable-ssl", false);
        Require(identity, door, isSecure);
        var secure = isSecure ? new TlsTransport(system, config, identity) : null;
        _inner = secure ?? MakeAkkas(system, config);
        _door = door.Enabled
            ? new FrontDoor(system, door, new HolderRules(identity, secure is { Settings.ChecksHosts: true }))
            : null;
        SchemeIdentifier = _inner.SchemeIdentifier;
        MaximumPayloadBytes = _inner.MaximumPayloadBytes;
    }

    /// <inheritdoc />
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var (address, inner) = await _inner.Listen().ConfigureAwait(false);
        if (_door is not { } door)
        {
            return (address, inner);
        }

        door.ListensAt(address);
        var listener = new TaskCompletionSource<IAssociationEventListener>();
        _ = listener.Task.ContinueWith(
            given => inner.TrySetResult(door.Before(given.Result)),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return (address, listener);
    }

    /// <inheritdoc />
    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    /// <inheritdoc />
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        var connection = await _inner.Associate(remoteAddress).ConfigureAwait(false);
        return _door?.On(connection) ?? connection;
    }

    /// <inheritdoc />
    public override Task<bool> Shutdown() => _inner.Shutdown();

    /// <inheritdoc />
    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    /// <summary>What <c>raft.tls</c> asks for is not passed over in silence.</summary>
    private static void Require(IdentitySettings identity, DoorSettings door, bool isSecure)
    {
        if (!identity.AuthorityFiles.IsEmpty && !isSecure)
        {
            throw new RaftConfigurationException(
                "raft.tls.authority is set, and does nothing without akka.remote.dot-netty.tcp.enable-ssl = on");
        }

        if (identity.Mode != IdentityMode.Off && !door.Enabled)
        {
            throw new RaftConfigurationException(
                "raft.tls.identities needs raft.door.enabled = on: it is the door that holds senders to them");
        }
    }

    // By its name, as Akka.Remote makes it: the class is not public.
    private static Transport MakeAkkas(ActorSystem system, Config config) =>
        (Transport)Activator.CreateInstance(
            Type.GetType(AkkaTransport, throwOnError: true)!,
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions,
            binder: null,
            [system, config],
            CultureInfo.InvariantCulture)!;
}
