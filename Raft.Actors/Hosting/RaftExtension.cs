using Akka.Actor;
using Raft.Actors.Node;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Hosting;

/// <summary>Starts the Raft groups of an actor system.</summary>
public sealed class RaftExtension : IExtension
{
    private readonly ExtendedActorSystem _system;

    internal RaftExtension(ExtendedActorSystem system) => _system = system;

    /// <summary>The extension of an actor system; made at the first call, which registers the library's serializer.</summary>
    public static RaftExtension Get(ActorSystem system) =>
        system.WithExtension<RaftExtension, RaftExtensionProvider>();

    /// <summary>
    /// Starts this system's server of a group at <c>/user/raft-{group}</c>. Send requests to the actor that is returned;
    /// it lives as long as the system, restarts the node where it fails, and answers
    /// <see cref="Protocol.Unavailable"/> meanwhile.
    /// </summary>
    /// <param name="settings">The server's settings.</param>
    /// <param name="stateMachine">Makes a state machine without any state; called again after each restart of the node.</param>
    /// <exception cref="RaftConfigurationException">The settings do not fit together or do not fit the actor system.</exception>
    /// <exception cref="InvalidActorNameException">The group was started here already.</exception>
    public IActorRef Start(RaftSettings settings, Func<IStateMachine> stateMachine)
    {
        _ = _system;
        throw new NotImplementedException();
    }
}

/// <summary>Makes the <see cref="RaftExtension"/>.</summary>
public sealed class RaftExtensionProvider : ExtensionIdProvider<RaftExtension>
{
    /// <inheritdoc />
    public override RaftExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
