using Akka.Actor;
using Akka.Serialization;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// Writes and reads everything that RaftAkka sends and stores. A request that makes no sense becomes an
/// <see cref="UnreadableRequest"/>, so that the node can answer it. Any other sent message that makes no sense becomes a
/// <see cref="MalformedMessage"/>, which is dropped: after an exception Akka.Remote would log a line for each, as many as a
/// sender likes. If stored bytes make no sense, there is a <see cref="MalformedMessageException"/>.
/// </summary>
internal sealed class RaftMessageSerializer : SerializerWithStringManifest
{
    private readonly MalformedMessages _malformed;

    /// <summary>
    /// The serializer's number in Akka. It stands beside every message and in every journal row and never changes.
    /// (0 to 40 are Akka's own; the number is the ASCII text "RA".)
    /// </summary>
    public const int FixedIdentifier = 0x5241;

    /// <summary>Akka makes one from reference.conf, and another whenever an extension adds to the configuration.</summary>
    /// <exception cref="Settings.RaftConfigurationException">
    /// <c>raft.types</c> names a type that does not exist or cannot be carried.
    /// </exception>
    public RaftMessageSerializer(ExtendedActorSystem system)
        : this(system, new PayloadCodec(PayloadCodec.ResolveTypes(system.Settings.Config.GetStringList("raft.types", []))))
    {
    }

    internal RaftMessageSerializer(ExtendedActorSystem system, PayloadCodec codec)
        : base(system) => (Codec, _malformed) = (codec, new MalformedMessages(system));

    /// <inheritdoc />
    public override int Identifier => FixedIdentifier;

    /// <summary>What carries the users' objects.</summary>
    public PayloadCodec Codec { get; }

    /// <inheritdoc />
    public override string Manifest(object o) => FormatOf(o).Manifest;

    /// <inheritdoc />
    public override byte[] ToBinary(object obj)
    {
        var format = FormatOf(obj);
        var writer = new WireWriter(format.SizeHint(obj));
        format.Write(ref writer, obj, Codec);
        return writer.ToArray();
    }

    /// <summary>Reads a message. The bytes belong to the message from now on and must not be changed.</summary>
    /// <exception cref="MalformedMessageException">What was stored makes no sense, or a later version wrote it.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return Read(bytes, manifest);
        }
        catch (Exception unreadable) when (
            unreadable is MalformedMessageException or PayloadException && MessageTable.IsSent(manifest.AsSpan()))
        {
            return _malformed.Of(manifest, unreadable.Message);
        }
    }

    /// <summary>As <see cref="FromBinary"/>, where somebody waits for the reason.</summary>
    /// <exception cref="MalformedMessageException">The bytes make no sense, or a later version wrote them.</exception>
    /// <exception cref="PayloadException">An object in it may not be read.</exception>
    internal object Read(byte[] bytes, string manifest)
    {
        if (manifest.StartsWith(MessageTable.RequestPrefix, StringComparison.Ordinal))
        {
            return MessageTable.ReadRequest(manifest, bytes, Codec);
        }

        var reader = new WireReader(bytes);
        if (MessageTable.ByManifest.TryGetValue(manifest, out var format))
        {
            return format.Read(ref reader, Codec);
        }

        // A kind of message that a later version added: its header tells the node whom to refuse.
        return manifest.StartsWith(MessageTable.PeerPrefix, StringComparison.Ordinal)
            ? new UnknownVersionMessage(PeerFormat.ReadHeader(ref reader), manifest)
            : throw new MalformedMessageException(
                $"this version of RaftAkka knows no message '{manifest}'; a later version may have written it");
    }

    private static MessageFormat FormatOf(object message) =>
        MessageTable.ByType.TryGetValue(message.GetType(), out var format)
            ? format
            : throw new ArgumentException($"{message.GetType().Name} is never sent or stored", nameof(message));
}
