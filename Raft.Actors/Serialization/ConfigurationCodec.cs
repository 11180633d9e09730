using System.Runtime.InteropServices;
using Raft.Actors.Membership;

namespace Raft.Actors.Serialization;

/// <summary>
/// The data of an entry of <see cref="Log.EntryKind.Configuration"/>: a format version, then the servers. Nothing may
/// follow them, for a server that overlooked a part of the configuration would count the wrong quorum.
/// </summary>
internal static class ConfigurationCodec
{
    private const byte Version = 1;

    // An id of one character, an address without any and the suffrage.
    private const int MinimumServerSize = 4;

    /// <summary>Writes a configuration as the data of a log entry.</summary>
    public static EncodedPayload Encode(Configuration configuration)
    {
        var writer = new WireWriter(64 * (configuration.Servers.Length + 1));
        writer.Byte(Version);
        Write(ref writer, configuration);
        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    /// <summary>Reads the data of a configuration entry.</summary>
    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    public static Configuration Decode(EncodedPayload data)
    {
        if (data.Format != PayloadFormat.Bytes)
        {
            throw new MalformedMessageException($"a configuration in the payload format {data.Format}");
        }

        var reader = new WireReader(data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), Version, "a configuration");
        var configuration = Read(ref reader);
        reader.End();
        return configuration;
    }

    /// <summary>Writes the servers alone, as a part of another message.</summary>
    public static void Write(ref WireWriter writer, Configuration configuration)
    {
        writer.Index(configuration.Servers.Length);
        foreach (var server in configuration.Servers)
        {
            writer.Server(server.Id);
            writer.Text(server.Address);
            writer.Byte((byte)server.Suffrage);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static Configuration Read(ref WireReader reader)
    {
        var servers = new Server[reader.Count(MinimumServerSize)];
        for (var i = 0; i < servers.Length; i++)
        {
            servers[i] = new Server(
                reader.Server(), reader.Text(), (Suffrage)reader.Choice((byte)Suffrage.Nonvoter, "suffrage"));
        }

        try
        {
            return new Configuration(ImmutableCollectionsMarshal.AsImmutableArray(servers));
        }
        catch (ArgumentException cause)
        {
            throw new MalformedMessageException($"a configuration that cannot be: {cause.Message}", cause);
        }
    }
}
