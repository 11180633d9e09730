using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// What servers that discover one another ask and answer; see <see cref="RequestFormat"/> and <see cref="ReplyFormat"/>.
/// </summary>
internal static class DiscoveryFormat
{
    public static void Write(ref WireWriter writer, ServerDescription message)
    {
        writer.Server(message.ServerId);
        writer.Text(message.Address);
        writer.Index(message.BootstrapExpect);
        writer.Bool(message.IsEmpty);
        ConfigurationCodec.Write(ref writer, message.Configuration);
        writer.Server(message.PledgedTo);
    }

    public static ServerDescription ReadDescription(ref WireReader reader) =>
        new(reader.Server(), reader.Text(), reader.Int(), reader.Bool(), ConfigurationCodec.Read(ref reader))
        {
            PledgedTo = reader.Server(),
        };

    public static void Write(ref WireWriter writer, PledgeBootstrap message)
    {
        writer.Server(message.Coordinator);
        ConfigurationCodec.Write(ref writer, message.Configuration);
    }

    public static PledgeBootstrap ReadPledge(ref WireReader reader) => new(reader.Server(), ConfigurationCodec.Read(ref reader));

    public static void Write(ref WireWriter writer, BootstrapPledged message)
    {
        writer.Server(message.ServerId);
        writer.Server(message.Coordinator);
    }

    public static BootstrapPledged ReadPledged(ref WireReader reader) => new(reader.Server(), reader.Server());
}
