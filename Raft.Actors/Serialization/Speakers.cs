namespace Raft.Actors.Serialization;

/// <summary>Who may send a message.</summary>
internal enum Speaker
{
    /// <summary>Only the server that the message's header names.</summary>
    HeadersServer,

    /// <summary>The server whose id the message begins with: what servers say to one another before there is a group.</summary>
    FirstFieldsServer,

    /// <summary>Any server: clients ask, and servers answer.</summary>
    AnyServer,

    /// <summary>Everyone who may speak to the group, its clients too.</summary>
    Anyone,
}

/// <summary>The one place that knows who may send which message. Certificates enforce it (<c>raft.tls</c>).</summary>
internal static class Speakers
{
    /// <summary>
    /// Who may send the message of a manifest (<see cref="MessageTable"/>). A manifest that a later version added counts by its
    /// first letter.
    /// </summary>
    public static Speaker Of(ReadOnlySpan<byte> manifest) => manifest switch
    {
        // The pledge that begins a group by discovery, and who a discovered server is.
        _ when manifest.SequenceEqual("q.pb"u8) || manifest.SequenceEqual("r.pb"u8) || manifest.SequenceEqual("r.ds"u8)
            => Speaker.FirstFieldsServer,
        [(byte)'p', ..] => Speaker.HeadersServer,
        [(byte)'q', ..] => Speaker.Anyone,
        _ => Speaker.AnyServer,
    };

    /// <summary>
    /// Reads the sender of a message of <see cref="Speaker.HeadersServer"/>, by the part of the header that never changes.
    /// </summary>
    /// <exception cref="MalformedMessageException">There is no header.</exception>
    public static void ReadHeader(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> group, out ReadOnlySpan<byte> from)
    {
        var reader = WireReader.OfNames(message);
        _ = reader.Byte();
        group = reader.NameBytes();
        from = reader.NameBytes();
    }

    /// <summary>
    /// Reads the sender of a message of <see cref="Speaker.FirstFieldsServer"/>: it stands after the format's version.
    /// </summary>
    /// <exception cref="MalformedMessageException">It names no server.</exception>
    public static ReadOnlySpan<byte> ReadFirstField(ReadOnlySpan<byte> message)
    {
        var reader = WireReader.OfNames(message);
        _ = reader.Byte();
        return reader.NameBytes();
    }
}
