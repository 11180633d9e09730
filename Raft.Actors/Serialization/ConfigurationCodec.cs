using System.Runtime.InteropServices;
using Raft.Actors.Model;

namespace Raft.Actors.Serialization;

/// <summary>
/// The data of an entry of <see cref="Model.EntryKind.Configuration"/>: a format version, then the servers. Nothing may follow
/// them, because a server that ignored a part of the configuration would count the wrong quorum.
/// </summary>
/// <remarks>
/// Format 1 has no identities. It is still written if there are none, so that an older version can read a group until the group
/// has an identity. Within another message a configuration has no version of its own: with identities it begins with an
/// impossible number of servers, which the older version refuses. With a version of the state machine it begins with another
/// such number, and is format 3. Only a group whose members have all announced that version has one.
/// </remarks>
internal static class ConfigurationCodec
{
    private const byte WithoutIdentities = 1;
    private const byte WithIdentities = 2;
    private const byte WithVersion = 3;

    private const byte RegainsVote = 0x80;

    // Where the number of servers would stand.
    private const long Identified = long.MaxValue;
    private const long Versioned = long.MaxValue - 1;

    // An id of one character, an address without any and the suffrage.
    private const int MinimumServerSize = 4;

    /// <summary>Writes a configuration as the data of a log entry.</summary>
    public static EncodedPayload Encode(Configuration configuration)
    {
        var writer = new WireWriter(64 * (configuration.Servers.Length + 1));
        writer.Byte(configuration.StateMachineVersion > 0 ? WithVersion
            : HasIdentities(configuration) ? WithIdentities
            : WithoutIdentities);
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
        var version = reader.Byte();
        if (version is not (WithoutIdentities or WithIdentities))
        {
            JournalFormat.CheckVersion(version, WithVersion, "a configuration");
        }

        var configuration = Read(ref reader);
        reader.End();
        return configuration;
    }

    /// <summary>Writes the servers alone, as a part of another message.</summary>
    public static void Write(ref WireWriter writer, Configuration configuration)
    {
        var isVersioned = configuration.StateMachineVersion > 0;
        var isIdentified = isVersioned || HasIdentities(configuration);
        if (isVersioned)
        {
            writer.Index(Versioned);
            writer.Index(configuration.StateMachineVersion);
        }

        if (isIdentified)
        {
            if (!isVersioned)
            {
                writer.Index(Identified);
            }

            writer.Group(configuration.Identity);
        }

        writer.Index(configuration.Servers.Length);
        foreach (var server in configuration.Servers)
        {
            writer.Server(server.Id);
            writer.Text(server.Address);
            writer.Byte((byte)((byte)server.Suffrage | (isIdentified && server.RegainsVote ? RegainsVote : 0)));
            if (isIdentified)
            {
                writer.Journal(server.Journal);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static Configuration Read(ref WireReader reader)
    {
        var isVersioned = reader.Takes(Versioned);
        var stateMachineVersion = isVersioned ? reader.Int() : 0;
        var isIdentified = isVersioned || reader.Takes(Identified);
        var identity = isIdentified ? reader.Group() : default;
        var servers = new Server[reader.Count(MinimumServerSize)];
        for (var i = 0; i < servers.Length; i++)
        {
            servers[i] = isIdentified ? ReadIdentified(ref reader)
                : new Server(reader.Server(), reader.Text(), (Suffrage)reader.Choice((byte)Suffrage.Nonvoter, "suffrage"));
        }

        try
        {
            return new Configuration(ImmutableCollectionsMarshal.AsImmutableArray(servers), identity, stateMachineVersion);
        }
        catch (ArgumentException cause)
        {
            throw new MalformedMessageException($"a configuration that cannot be: {cause.Message}", cause);
        }
    }

    private static bool HasIdentities(Configuration configuration) =>
        !configuration.Identity.IsNone || configuration.Servers.Any(static server => !server.Journal.IsNone);

    private static Server ReadIdentified(ref WireReader reader) =>
        new(
            reader.Server(),
            reader.Text(),
            (Suffrage)reader.Choice((byte)Suffrage.Nonvoter, RegainsVote, "suffrage", out var regainsVote))
        {
            RegainsVote = regainsVote,
            Journal = reader.Journal(),
        };
}
