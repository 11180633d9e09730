using Akka.Actor;
using Akka.Actor.Setup;
using Raft.Actors.Node;

namespace Raft.Host.Hosting;

/// <summary>
/// The one place where the host meets the library's storage. To be wired to <c>RaftStorage</c> (see the TODOs): until
/// then the journal is Akka.Persistence's in-memory one and nothing survives a restart.
/// </summary>
internal sealed class NodeStorage : IDisposable
{
    private NodeStorage(RaftSettings settings) => Settings = settings;

    /// <summary>The node's settings, with the journal plugin that it is to use.</summary>
    public RaftSettings Settings { get; }

    /// <summary>Opens the storage of the node, before its actor system starts.</summary>
    /// <exception cref="HostStartException">Another process has it.</exception>
    /// <exception cref="RaftConfigurationException">It cannot be used as it is configured.</exception>
    public static NodeStorage Open(NodeConfiguration configuration) =>
        //// TODO RaftStorage.Open(configuration.System); JournalInUseException -> HostStartException(message);
        //// Settings = configuration.Raft with { Journal = Journal with { Plugin = RaftStorage.JournalPlugin(Group) } }.
        new(configuration.Raft);

    /// <summary>What the actor system is to be created with.</summary>
    public ActorSystemSetup Apply(BootstrapSetup setup)
    {
        //// TODO storage.Apply(setup)
        _ = this;
        return ActorSystemSetup.Create(setup);
    }

    /// <summary>Lets others have it once the actor system has terminated.</summary>
    public void ReleaseWith(ActorSystem system) => _ = this;

    /// <summary>Lets others have it now: the actor system never started.</summary>
    public void Dispose() => _ = this;
}
