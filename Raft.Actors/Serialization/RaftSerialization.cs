using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization;
using Raft.Actors.Log;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>Makes an actor system write and read RaftAkka's messages and journal events by its own serializer.</summary>
internal static class RaftSerialization
{
    private const string Name = "raft";

    // The interfaces are bound too, so that what has no format of its own is refused by us and not carried as JSON.
    private static readonly ImmutableHashSet<Type> BoundTypes =
    [
        .. MessageTable.ByType.Keys,
        typeof(IPeerMessage),
        typeof(IRaftRequest),
        typeof(RaftFailure),
        typeof(IJournalEvent),
        typeof(UnknownVersionMessage),
        typeof(UnreadableRequest),
    ];

    /// <summary>
    /// Registers the serializer at run time. Where the system has it already, only the codec is replaced: the last one
    /// counts. Call it before the system has traffic: Akka keeps serializers by number in a dictionary without a lock.
    /// </summary>
    public static RaftMessageSerializer Register(ExtendedActorSystem system, PayloadCodec codec)
    {
        var serialization = system.Serialization;
        if (serialization.FindSerializerForType(typeof(HardStateChanged)) is RaftMessageSerializer present)
        {
            present.Codec = codec;
            return present;
        }

        var serializer = new RaftMessageSerializer(system, codec);
        serialization.AddSerializer(Name, serializer);
        foreach (var type in BoundTypes)
        {
            serialization.AddSerializationMap(type, serializer);
        }

        return serializer;
    }

    /// <summary>The same for an actor system that is yet to be made, which registers the serializer before any traffic.</summary>
    public static SerializationSetup Setup(PayloadCodec codec) => SerializationSetup.Create(
        system => [SerializerDetails.Create(Name, new RaftMessageSerializer(system, codec), BoundTypes)]);

    public static PayloadCodec CodecOf(ExtendedActorSystem system) => ((RaftMessageSerializer)system.Serialization.FindSerializerForType(typeof(HardStateChanged))).Codec;
}
