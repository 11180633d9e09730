using Akka.Actor;
using Akka.Event;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Membership.Discovery;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;
using Raft.Actors.Watching;

namespace Raft.Actors.Hosting;

/// <summary>Starts the Raft groups of an actor system.</summary>
public sealed class RaftExtension : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly PayloadCodec _codec;
    private int _hasWarnedOfExposure;

    internal RaftExtension(ExtendedActorSystem system)
    {
        _system = system;
        foreach (var unknown in ConfigurationKeys.UnknownIn(system.Settings.Config))
        {
            system.Log.Warning("{0}", unknown);
        }

        system.Settings.InjectTopLevelFallback(RaftSettings.DefaultConfig());
        RaftSerialization.Require(system);
        _codec = RaftSerialization.CodecOf(system);
        WarnWithoutDoor();
    }

    /// <summary>The extension of an actor system; made at the first call, which registers the library's serializer.</summary>
    /// <exception cref="RaftConfigurationException">
    /// The actor system has another serializer in its place, or serializes what its actors tell one another.
    /// </exception>
    public static RaftExtension Get(ActorSystem system) =>
        system.WithExtension<RaftExtension, RaftExtensionProvider>();

    /// <summary>
    /// Starts this system's server of a group at <c>/user/raft-{group}</c>. Send requests to the actor that is returned. It
    /// lives as long as the system. If the node fails, it restarts it, and answers <see cref="Unavailable"/> meanwhile. The
    /// node is shut down in good order with the system.
    /// </summary>
    /// <param name="settings">The server's settings.</param>
    /// <param name="stateMachine">Makes a state machine without any state; called again after each restart of the node.</param>
    /// <param name="changes">The feed of the state machine's changes, for watchers (<see cref="ReadChanges"/>); null: changes
    /// cannot be watched.</param>
    /// <exception cref="RaftConfigurationException">
    /// The settings do not fit together or do not fit the actor system.
    /// </exception>
    /// <exception cref="InvalidActorNameException">The group was started here already.</exception>
    public IActorRef Start(RaftSettings settings, Func<IStateMachine> stateMachine, ChangeFeed? changes = null)
    {
        settings = settings.Validate() with
        {
            Journal = settings.Journal with { Plugin = JournalPluginOf(settings) },
            Snapshots = settings.Snapshots with { Plugin = SnapshotPluginOf(settings) },
        };
        var resolver = new DiscoveredPeerResolver(new RemotePeerResolver(_system, settings.Group));
        var environment = new RaftEnvironment(settings, resolver, stateMachine, _codec, NewSeed())
        {
            Changes = changes,
            ArePeersProven = ArePeersProven(),
        };
        RequireCluster(settings);
        RequireFrames(settings);
        WarnOfExposure();
        var supervisor = _system.ActorOf(RaftSupervisor.Props(environment), RaftSupervisor.NameOf(settings.Group));
        if (settings.Discovery.Enabled)
        {
            var (system, role) = (_system, settings.Discovery.Role);
            _system.ActorOf(
                DiscoveryActor.Props(new DiscoveryEnvironment(
                    settings,
                    supervisor,
                    () => ClusterView.Of(system, role),
                    resolver,
                    address => Akka.Cluster.Cluster.Get(system).Down(Address.Parse(address)))),
                DiscoveryActor.NameOf(settings.Group));
        }

        ShutDownWithSystem(supervisor, settings);
        return supervisor;
    }

    /// <summary>Whether every entry fits into a frame. An actor system without remoting has none.</summary>
    private void RequireFrames(RaftSettings settings)
    {
        if (_system.Provider is Akka.Remote.IRemoteActorRefProvider)
        {
            FrameSizeCheck.Validate(_system.Settings.Config, settings);
        }
    }

    /// <summary>
    /// Whether each message is held against its sender's certificate: only then it proves that a server of the group sent it.
    /// </summary>
    private bool ArePeersProven() =>
        _system.Provider is Akka.Remote.IRemoteActorRefProvider
        && IdentitySettings.Create(_system.Settings.Config).Mode == IdentityMode.On;

    /// <summary>One line for each transport that lets in whatever Akka.NET reads.</summary>
    private void WarnWithoutDoor()
    {
        var config = _system.Settings.Config;
        if (_system.Provider is not Akka.Remote.IRemoteActorRefProvider)
        {
            return;
        }

        foreach (var transport in config.GetStringList("akka.remote.enabled-transports", []))
        {
            var type = config.GetString($"{transport}.transport-class", string.Empty);
            if (Type.GetType(type) != typeof(Tls.RaftTransport))
            {
                _system.Log.Warning(
                    "{0}.transport-class = '{1}': there is no door in front of Akka.Remote, so anybody who reaches the port "
                    + "can make this process create any object. Use RaftRemoting.Defaults as a fallback of the actor system's "
                    + "configuration (docs/operations.md, The door)",
                    transport, type);
            }
        }
    }

    /// <summary>
    /// Warns once. The host refuses to start instead; the library does not, because an application may have a safe network that
    /// the library cannot see, and an upgrade of the library must not keep it from starting.
    /// </summary>
    private void WarnOfExposure()
    {
        if (_system.Provider is Akka.Remote.IRemoteActorRefProvider
            && !_system.Settings.Config.GetBoolean("raft.tls.insecure", false)
            && RaftRemoting.ExposureOf(_system.Settings.Config) is { } exposure
            && Interlocked.Exchange(ref _hasWarnedOfExposure, 1) == 0)
        {
            _system.Log.Warning(
                "INSECURE: {0}: everyone who reaches it can read and change all data "
                + "(docs/operations.md, Certificates; raft.tls.insecure = on ends this warning)",
                exposure);
        }
    }

    private void RequireCluster(RaftSettings settings)
    {
        if (settings.Discovery.Enabled && _system.Provider is not Akka.Cluster.IClusterActorRefProvider)
        {
            throw new RaftConfigurationException("raft.discovery.enabled = 'on': needs akka.actor.provider = cluster");
        }
    }

    /// <summary>
    /// The group's own journal, if <see cref="RaftStorage"/> has one. Otherwise the system's, unless that is Akka's default, in
    /// memory.
    /// </summary>
    private string JournalPluginOf(RaftSettings settings)
    {
        if (settings.Journal.Plugin.Length > 0)
        {
            return settings.Journal.Plugin;
        }

        var own = RaftStorage.JournalPlugin(settings.Group);
        var config = _system.Settings.Config;
        var plugin = config.HasPath(own) ? own : config.GetString("akka.persistence.journal.plugin", string.Empty);
        return plugin.Length > 0 && !plugin.EndsWith(".inmem", StringComparison.Ordinal)
            ? plugin
            : throw new RaftConfigurationException(
                $"raft.journal.plugin = '': group '{settings.Group}' would keep its log in memory and lose acknowledged writes; "
                + "open a RaftStorage for it and create the actor system with it, or name a journal plugin "
                + "(also one in memory, if that is meant)");
    }

    /// <summary>
    /// The group's own snapshot store, if there is one. Otherwise the system's, unless that is Akka's default, in local files.
    /// </summary>
    private string SnapshotPluginOf(RaftSettings settings)
    {
        if (settings.Snapshots.Plugin.Length > 0)
        {
            return settings.Snapshots.Plugin;
        }

        var own = RaftStorage.SnapshotPlugin(settings.Group);
        var config = _system.Settings.Config;
        var plugin = config.HasPath(own) ? own : config.GetString("akka.persistence.snapshot-store.plugin", string.Empty);
        return plugin.Length > 0
            && !plugin.EndsWith(".local", StringComparison.Ordinal)
            && !plugin.EndsWith(".inmem", StringComparison.Ordinal)
            ? plugin
            : throw new RaftConfigurationException(
                $"raft.snapshots.plugin = '': group '{settings.Group}' has no snapshot store; "
                + "open a RaftStorage for it and create the actor system "
                + "with it, name a snapshot store plugin, or say none, and the log grows for ever");
    }

    // Randomness enters only here: each server gets a seed of its own.
    internal static int NewSeed() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);

    private void ShutDownWithSystem(IActorRef supervisor, RaftSettings settings) =>
        CoordinatedShutdown.Get(_system).AddTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind,
            $"shut-down-{RaftSupervisor.NameOf(settings.Group)}",
            async () =>
            {
                // Bounded: a node that hangs must not keep its process from ending.
                var patience = settings.ElectionTimeout + settings.Journal.StallTimeout + settings.HeartbeatTimeout;
                await supervisor.Ask<object>(new Shutdown { WithSystem = true }, patience).ConfigureAwait(false);
                return Akka.Done.Instance;
            });
}

/// <summary>Makes the <see cref="RaftExtension"/>.</summary>
public sealed class RaftExtensionProvider : ExtensionIdProvider<RaftExtension>
{
    /// <inheritdoc />
    public override RaftExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
