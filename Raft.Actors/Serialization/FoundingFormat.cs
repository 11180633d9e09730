using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>What servers say to one another before there is a group; see <see cref="PeerFormat"/>.</summary>
internal static class FoundingFormat
{
    public static void Write(ref WireWriter writer, RequestFounding message) =>
        ConfigurationCodec.Write(ref writer, message.Configuration);

    public static RequestFounding ReadRequestFounding(ref WireReader reader, PeerHeader header) =>
        new(header, ConfigurationCodec.Read(ref reader));

    public static void Write(ref WireWriter writer, RequestPledge message) =>
        ConfigurationCodec.Write(ref writer, message.Configuration);

    public static RequestPledge ReadRequestPledge(ref WireReader reader, PeerHeader header) =>
        new(header, ConfigurationCodec.Read(ref reader));

    public static void Write(ref WireWriter writer, PledgeResponse message) => writer.OptionalText(message.Refusal);

    public static PledgeResponse ReadPledgeResponse(ref WireReader reader, PeerHeader header) =>
        new(header, reader.OptionalText());

    public static void Write(ref WireWriter writer, BeginGroup message) =>
        ConfigurationCodec.Write(ref writer, message.Configuration);

    public static BeginGroup ReadBeginGroup(ref WireReader reader, PeerHeader header) =>
        new(header, ConfigurationCodec.Read(ref reader));
}
