using System.Runtime.InteropServices;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>What servers announce of themselves, after the identities of heartbeats and their answers.</summary>
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

        // Appended later, where earlier versions stop reading.
        if (message.Abilities is { StateMachineVersion: > 0 } || message.NotServing is not null || message.State is not null)
        {
            writer.Index(message.Abilities?.StateMachineVersion ?? 0);
            writer.OptionalText(message.NotServing);
        }

        if (message.State is { } state)
        {
            writer.Index(state.LastApplied);
            writer.Index(state.StoppedAt);
        }
    }

    public static IPeerMessage ReadAnnounced(ref WireReader reader, IPeerMessage message)
    {
        var (digest, abilities) = (reader.Hash(), reader.Bool() ? Read(ref reader) : null);
        var response = (HeartbeatResponse)message with { AbilitiesDigest = digest, Abilities = abilities };
        if (reader.Remaining == 0)
        {
            return response;
        }

        var version = reader.Int();
        return response with
        {
            Abilities = version > 0 ? abilities?.With(version) : abilities,
            NotServing = reader.OptionalText(),
            State = reader.Remaining > 0 ? new StateReport(reader.Index(), reader.Index()) : null,
        };
    }

    private static Abilities Read(ref WireReader reader)
    {
        var (software, highest) = (reader.Text(), reader.Byte());
        var count = reader.Count(HashSize);
        if (count > Abilities.MaxTypes)
        {
            throw new MalformedMessageException($"{count} types are announced; the limit is {Abilities.MaxTypes}");
        }

        var types = new ulong[count];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = reader.Hash();
        }

        return new Abilities(software, highest, ImmutableCollectionsMarshal.AsImmutableArray(types));
    }
}
