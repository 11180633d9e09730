using System.Runtime.InteropServices;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>What servers announce of themselves, behind the identities of heartbeats and their answers.</summary>
internal static class AbilitiesFormat
{
    private const int HashSize = 8;

    public static void Write(ref WireWriter writer, Heartbeat message)
    {
        if (message.KnownAbilities is { } known)
        {
            writer.Hash(known);
        }
    }

    public static IPeerMessage ReadAsked(ref WireReader reader, IPeerMessage message) =>
        (Heartbeat)message with { KnownAbilities = reader.Hash() };

    public static void Write(ref WireWriter writer, HeartbeatResponse message)
    {
        if (message.AbilitiesDigest is not { } digest)
        {
            return;
        }

        writer.Hash(digest);
        writer.Bool(message.Abilities is not null);
        if (message.Abilities is { } abilities)
        {
            writer.Text(abilities.Software);
            writer.Byte(abilities.HighestEntryKind);
            writer.Index(abilities.Types.Length);
            foreach (var type in abilities.Types)
            {
                writer.Hash(type);
            }
        }

        if (message.State is { } state)
        {
            // Appended later still.
            writer.Index(state.LastApplied);
            writer.Index(state.StoppedAt);
        }
    }

    public static IPeerMessage ReadAnnounced(ref WireReader reader, IPeerMessage message) => (HeartbeatResponse)message with
    {
        AbilitiesDigest = reader.Hash(),
        Abilities = reader.Bool() ? Read(ref reader) : null,
        State = reader.Remaining > 0 ? new StateReport(reader.Index(), reader.Index()) : null,
    };

    private static Abilities Read(ref WireReader reader)
    {
        var (software, highest) = (reader.Text(), reader.Byte());
        var types = new ulong[reader.Count(HashSize)];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = reader.Hash();
        }

        return new Abilities(software, highest, ImmutableCollectionsMarshal.AsImmutableArray(types));
    }
}
