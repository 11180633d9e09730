using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

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

    /// <summary>
    /// Checks that no other serializer takes the place of the library's, and that messages between actors of one process are
    /// not serialized.
    /// </summary>
    /// <exception cref="RaftConfigurationException">A setting does not fit; the message names it.</exception>
    public static void Require(ActorSystem system)
    {
        if (system.Settings.SerializeAllMessages)
        {
            throw new RaftConfigurationException(
                "akka.actor.serialize-messages = 'on': no group works with it, because its actors tell one another what no "
                + "serializer knows; set it to off");
        }

        var bound = system.Serialization.FindSerializerForType(typeof(IJournalEvent));
        if (bound is not RaftMessageSerializer own)
        {
            throw new RaftConfigurationException(
                $"akka.actor.serializers.raft = '{bound.GetType()}': this name is the library's own; give yours another");
        }

        RequireNumber(system, own);
    }

    // Akka.NET does not say which serializer has a number; only reading shows it. A foreign serializer may throw anything at
    // our bytes.
    private static void RequireNumber(ActorSystem system, RaftMessageSerializer own)
    {
        var taken =
            $"akka.actor.serializers: one has the Identifier {own.Identifier}, which is the library's; give yours another";
        var sample = new GetLeader();
        object read;
        try
        {
            read = system.Serialization.Deserialize(own.ToBinary(sample), own.Identifier, own.Manifest(sample));
        }
        catch (Exception foreign)
        {
            throw new RaftConfigurationException(taken, foreign);
        }

        if (read is not GetLeader)
        {
            throw new RaftConfigurationException(taken);
        }
    }
}
