using Akka.Actor;

namespace Raft.Host.Hosting;

/// <summary>Reads an actor system's own address.</summary>
internal static class ActorSystemAddress
{
    public static Address GetAddress(this ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}
