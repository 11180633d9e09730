using Akka.Actor;
using Raft.Actors.Log;

namespace Raft.Actors.Serialization;

/// <summary>
/// Where an actor system keeps RaftAkka's serializer: reference.conf names it and binds it to the interfaces of our
/// messages and events. It must come by configuration: Akka makes its serializers anew whenever an
/// extension adds to the configuration, as Akka.Persistence does, and forgets what was added at run time.
/// </summary>
internal static class RaftSerialization
{
    /// <summary>What carries the users' objects in an actor system that has the library's configuration.</summary>
    public static PayloadCodec CodecOf(ActorSystem system) =>
        ((RaftMessageSerializer)system.Serialization.FindSerializerForType(typeof(IJournalEvent))).Codec;
}
