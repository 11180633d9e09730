using System.Collections.Frozen;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting.Door;

/// <summary>The section <c>raft.door</c>.</summary>
internal sealed record DoorSettings
{
    /// <summary>Whether there is a door at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The numbers of the serializers whose messages are all let in, beside what the group needs.</summary>
    public FrozenSet<int> Serializers { get; init; } = [];

    /// <summary>Whether messages are let in by which systems watch each other's actors.</summary>
    public bool LetsWatchesIn => Serializers.Contains(AkkaSerializers.SystemMessages);

    /// <summary>Whether the system is a member of an Akka.Cluster, whose members send messages of their own.</summary>
    public bool InCluster { get; init; }

    /// <summary>Reads an actor system's settings.</summary>
    /// <exception cref="RaftConfigurationException">A setting is malformed; the message names it.</exception>
    public static DoorSettings Create(ActorSystem system) => Create(system.Settings.Config, system.Settings.HasCluster);

    /// <summary>Reads the settings out of a configuration.</summary>
    /// <exception cref="RaftConfigurationException">A setting is malformed; the message names it.</exception>
    public static DoorSettings Create(Config config, bool inCluster)
    {
        var door = config.WithFallback(RaftSettings.DefaultConfig()).GetConfig("raft.door");
        return new DoorSettings
        {
            Enabled = door.GetBoolean("enabled", true),
            Serializers = door.GetStringList("serializers", []).Select(Number).ToFrozenSet(),
            InCluster = inCluster,
        };
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RaftConfigurationException(
                $"raft.door.serializers: '{text}' is no number; name a serializer by its Identifier, as in [ 17, 4711 ]");
}
