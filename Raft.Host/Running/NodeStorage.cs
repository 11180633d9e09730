using Akka.Actor;
using Akka.Actor.Setup;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Host.Hosting;

namespace Raft.Host.Running;

/// <summary>The only place where the host uses the library's storage.</summary>
internal sealed class NodeStorage : IDisposable
{
    private readonly RaftStorage _storage;

    private NodeStorage(RaftStorage storage, RaftSettings settings)
    {
        _storage = storage;
        Settings = settings;
    }

    /// <summary>The node's settings, with the journal plugin that it must use.</summary>
    public RaftSettings Settings { get; }

    /// <summary>Opens the storage of the node, before its actor system starts.</summary>
    /// <exception cref="HostStartException">Another process uses it.</exception>
    /// <exception cref="RaftConfigurationException">The storage cannot be used as configured.</exception>
    public static NodeStorage Open(NodeConfiguration configuration)
    {
        var settings = configuration.Raft with
        {
            Journal = configuration.Raft.Journal with { Plugin = RaftStorage.JournalPlugin(configuration.Raft.Group) },
        };
        try
        {
            return new NodeStorage(RaftStorage.Open(configuration.System), settings);
        }
        catch (JournalInUseException inUse)
        {
            throw new HostStartException(inUse.Message, inUse);
        }
    }

    /// <summary>The setup to create the actor system with.</summary>
    public ActorSystemSetup Apply(BootstrapSetup setup) => _storage.Apply(setup);

    /// <summary>Releases the storage once the actor system has terminated.</summary>
    public void ReleaseWith(ActorSystem system) => _storage.ReleaseWith(system);

    /// <summary>Releases the storage now, because the actor system never started.</summary>
    public void Dispose() => _storage.Dispose();
}
