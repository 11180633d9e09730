using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// The requests for changes of the configuration and of the leader, and their answers; see <see cref="RequestFormat"/> and
/// <see cref="ReplyFormat"/>.
/// </summary>
internal static class MembershipFormat
{
    // An id, no texts, a kind, a version and two counts.
    private const int MinimumMemberSize = 8;

    public static void Write(ref WireWriter writer, Bootstrap message) =>
        ConfigurationCodec.Write(ref writer, message.Configuration);

    public static Bootstrap ReadBootstrap(ref WireReader reader) => new(ConfigurationCodec.Read(ref reader));

    public static void Write(ref WireWriter writer, AddVoter message)
    {
        Write(ref writer, message as MembershipRequest);
        writer.Text(message.Address);
        writer.Duration(message.CatchUpTimeout);
        WriteForce(ref writer, message);
    }

    public static AddVoter ReadAddVoter(ref WireReader reader)
    {
        var (server, previous) = (reader.Server(), reader.Index());
        return new AddVoter(server, reader.Text())
        {
            PreviousIndex = previous,
            CatchUpTimeout = reader.Duration(),
            Force = ReadForce(ref reader),
        };
    }

    public static void Write(ref WireWriter writer, AddNonvoter message)
    {
        Write(ref writer, message as MembershipRequest);
        writer.Text(message.Address);
        WriteForce(ref writer, message);
    }

    public static AddNonvoter ReadAddNonvoter(ref WireReader reader)
    {
        var (server, previous) = (reader.Server(), reader.Index());
        return new AddNonvoter(server, reader.Text()) { PreviousIndex = previous, Force = ReadForce(ref reader) };
    }

    public static void Write(ref WireWriter writer, DemoteVoter message)
    {
        Write(ref writer, message as MembershipRequest);
        WriteForce(ref writer, message);
    }

    public static DemoteVoter ReadDemoteVoter(ref WireReader reader) =>
        new(reader.Server()) { PreviousIndex = reader.Index(), Force = ReadForce(ref reader) };

    public static void Write(ref WireWriter writer, RemoveServer message)
    {
        Write(ref writer, message as MembershipRequest);
        WriteForce(ref writer, message);
    }

    public static RemoveServer ReadRemoveServer(ref WireReader reader) =>
        new(reader.Server()) { PreviousIndex = reader.Index(), Force = ReadForce(ref reader) };

    public static void Write(ref WireWriter writer, ConfigurationInfo message)
    {
        writer.Index(message.Index);
        ConfigurationCodec.Write(ref writer, message.Configuration);
        writer.Bool(message.IsCommitted);
        if (message.Members.IsDefaultOrEmpty)
        {
            return;
        }

        // Appended later, after all other fields: an older client ignores it.
        writer.Index(message.Members.Length);
        foreach (var member in message.Members)
        {
            writer.Server(member.ServerId);
            writer.OptionalText(member.Software);
            writer.Byte(member.HighestEntryKind);
            writer.Index(member.StateMachineVersion);
            writer.Index(member.LacksTypes);
            writer.Index(member.LackedTypes.Length);
            foreach (var name in member.LackedTypes)
            {
                writer.Text(name);
            }

            writer.OptionalText(member.NotServing);
            writer.OptionalText(member.WaitsToVote);
        }
    }

    public static ConfigurationInfo ReadConfigurationInfo(ref WireReader reader)
    {
        var info = new ConfigurationInfo(reader.Index(), ConfigurationCodec.Read(ref reader), reader.Bool());
        if (reader.Remaining == 0)
        {
            return info;
        }

        var members = new MemberStatus[reader.Count(MinimumMemberSize)];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = new MemberStatus(reader.Server())
            {
                Software = reader.OptionalText(),
                HighestEntryKind = reader.Byte(),
                StateMachineVersion = reader.Int(),
                LacksTypes = reader.Int(),
                LackedTypes = ReadNames(ref reader),
                NotServing = reader.OptionalText(),
                WaitsToVote = reader.OptionalText(),
            };
        }

        return info with { Members = ImmutableCollectionsMarshal.AsImmutableArray(members) };
    }

    private static ImmutableArray<string> ReadNames(ref WireReader reader)
    {
        var names = new string[reader.Count(1)];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text();
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(names);
    }

    public static void Write(ref WireWriter writer, ConfigurationChanged message)
    {
        writer.Index(message.Index);
        ConfigurationCodec.Write(ref writer, message.Configuration);
    }

    public static ConfigurationChanged ReadConfigurationChanged(ref WireReader reader) =>
        new(reader.Index(), ConfigurationCodec.Read(ref reader));

    public static void Write(ref WireWriter writer, TransferLeadership message) => writer.Server(message.To);

    public static TransferLeadership ReadTransferLeadership(ref WireReader reader) => new(reader.Server());

    public static void Write(ref WireWriter writer, LeadershipTransferred message)
    {
        writer.Server(message.LeaderId);
        writer.Index(message.Term);
    }

    public static LeadershipTransferred ReadLeadershipTransferred(ref WireReader reader) => new(reader.Server(), reader.Index());

    public static void Write(ref WireWriter writer, LeadershipTransferFailed message)
    {
        writer.Text(message.Reason);
        writer.Byte((byte)message.Outcome);
    }

    public static LeadershipTransferFailed ReadLeadershipTransferFailed(ref WireReader reader) =>
        new(reader.Text(), (Outcome)reader.Choice((byte)Outcome.Unknown, "outcome"));

    public static void Write(ref WireWriter writer, ConfigurationRefused message) => writer.Text(message.Reason);

    public static ConfigurationRefused ReadConfigurationRefused(ref WireReader reader) => new(reader.Text());

    private static void Write(ref WireWriter writer, MembershipRequest message)
    {
        writer.Server(message.Server);
        writer.Index(message.PreviousIndex);
    }

    /// <summary>
    /// Appended in a later version, after all other fields, and only if it is set: an older leader ignores it.
    /// </summary>
    private static void WriteForce(ref WireWriter writer, MembershipRequest message)
    {
        if (message.Force)
        {
            writer.Bool(true);
        }
    }

    private static bool ReadForce(ref WireReader reader) => reader.Remaining > 0 && reader.Bool();
}
