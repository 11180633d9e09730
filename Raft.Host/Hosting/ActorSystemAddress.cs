using Akka.Actor;

namespace Raft.Host.Hosting;

/// <summary>Asks an actor system where it is.</summary>
internal static class ActorSystemAddress
{
    public static Address GetAddress(this ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}
