using Akka.Actor;
using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>
/// Finds the actor that carries messages to a server's node. It is asked anew whenever a leader begins to replicate or
/// a candidate asks for votes, so that a server may come back under another address.
/// </summary>
public interface IPeerResolver
{
    /// <summary>The node of a server, or whatever carries messages to it. It must not block.</summary>
    IActorRef Resolve(Server server);
}

/// <summary>
/// Reaches peers over Akka.Remote, at <c>{address}/user/raft-{group}</c>: by path and without an actor's uid, so
/// that the reference outlives restarts of either side. Nothing watches it, for a watch across a long partition
/// would quarantine the other system until a restart.
/// </summary>
/// <remarks>
/// The messages go to the supervisor and not to the node below it, which may restart while the process lives on. Akka.Remote
/// remembers, at the receiver and on each of its threads, which actor a path meant, and does not look whether that one
/// still lives: a node that had restarted after a failed write would never hear from its peers again.
/// </remarks>
public sealed class RemotePeerResolver(ExtendedActorSystem system, string group) : IPeerResolver
{
    /// <inheritdoc />
    public IActorRef Resolve(Server server) =>
        system.Provider.ResolveActorRef($"{server.Address}/user/{RaftSupervisor.NameOf(group)}");
}
