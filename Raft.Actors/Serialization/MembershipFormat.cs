using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>The requests for changes of the configuration and of the leader, and their answers; see <see cref="RequestFormat"/> and <see cref="ReplyFormat"/>.</summary>
internal static class MembershipFormat
{
    public static void Write(ref WireWriter writer, Bootstrap message) => ConfigurationCodec.Write(ref writer, message.Configuration);

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
        return new AddVoter(server, reader.Text()) { PreviousIndex = previous, CatchUpTimeout = reader.Duration(), Force = ReadForce(ref reader) };
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
    }

    public static ConfigurationInfo ReadConfigurationInfo(ref WireReader reader) =>
        new(reader.Index(), ConfigurationCodec.Read(ref reader), reader.Bool());

    public static void Write(ref WireWriter writer, ConfigurationChanged message)
    {
        writer.Index(message.Index);
        ConfigurationCodec.Write(ref writer, message.Configuration);
    }

    public static ConfigurationChanged ReadConfigurationChanged(ref WireReader reader) => new(reader.Index(), ConfigurationCodec.Read(ref reader));

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

    /// <summary>Appended in a later version, behind all other fields, and only where it is set: an older leader overlooks it.</summary>
    private static void WriteForce(ref WireWriter writer, MembershipRequest message)
    {
        if (message.Force)
        {
            writer.Bool(true);
        }
    }

    private static bool ReadForce(ref WireReader reader) => reader.Remaining > 0 && reader.Bool();
}
