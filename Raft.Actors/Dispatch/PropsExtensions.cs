using Akka.Actor;

namespace Raft.Actors.Dispatch;

/// <summary>What the library's actors have in common when they are made.</summary>
internal static class PropsExtensions
{
    /// <summary>Has an actor run on a dispatcher; an empty id is the actor system's default one.</summary>
    public static Props On(this Props props, string dispatcher) =>
        dispatcher.Length > 0 ? props.WithDispatcher(dispatcher) : props;
}
