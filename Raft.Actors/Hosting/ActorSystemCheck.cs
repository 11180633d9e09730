using Akka.Actor;
using Akka.Remote;
using Raft.Actors.Log;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Hosting;

/// <summary>What an application's actor system may have set so that no group could work in it, and nothing would say why.</summary>
internal static class ActorSystemCheck
{
    /// <summary>Whether the library's messages reach its own serializer.</summary>
    /// <exception cref="RaftConfigurationException">They do not; the message names the setting.</exception>
    public static void Serialization(ExtendedActorSystem system)
    {
        // Akka would copy what actors of one process tell each other, views of the log and commands among them, by Newtonsoft.
        RaftSettings.Check(
            !system.Settings.SerializeAllMessages, "akka.actor.serialize-messages", "on",
            "the library's actors tell each other what no serializer can write, and no server would ever lead; set it to off");
        var ours = system.Serialization.FindSerializerForType(typeof(IJournalEvent));
        RaftSettings.Check(
            ours is RaftMessageSerializer, "akka.actor.serialization-bindings", ours.GetType(),
            "it takes the library's own messages; give akka.actor.serializers.raft and what is bound to Raft.Actors back to the library");

        // Messages that arrive find their serializer by its number.
        var probe = new GetStatus();
        object? arrived = null;
        Exception? failure = null;
        try
        {
            arrived = system.Serialization.Deserialize(
                ours.ToBinary(probe), RaftMessageSerializer.FixedIdentifier, Akka.Serialization.Serialization.ManifestFor(ours, probe));
        }
        catch (Exception unreadable)
        {
            failure = unreadable;
        }

        if (arrived is not GetStatus)
        {
            throw new RaftConfigurationException(
                $"akka.actor.serializers: another serializer has the identifier {RaftMessageSerializer.FixedIdentifier}, which is the library's; give it another",
                failure ?? new InvalidCastException($"what it reads is {arrived?.GetType()}"));
        }
    }

    /// <summary>Whether every entry fits into a frame. An actor system without remoting has none.</summary>
    /// <inheritdoc cref="FrameSizeCheck.Validate" path="/exception"/>
    public static void Frames(ExtendedActorSystem system, RaftSettings settings)
    {
        if (system.Provider is IRemoteActorRefProvider)
        {
            FrameSizeCheck.Validate(system.Settings.Config, settings);
        }
    }
}
