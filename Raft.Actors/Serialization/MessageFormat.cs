using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

internal delegate void WriteMessage<in T>(ref WireWriter writer, T message);

internal delegate void WriteMessageWithPayload<in T>(ref WireWriter writer, T message, PayloadCodec codec);

internal delegate object ReadMessage(ref WireReader reader);

internal delegate object ReadMessageWithPayload(ref WireReader reader, PayloadCodec codec);

internal delegate IPeerMessage ReadPeerMessage(ref WireReader reader, PeerHeader header);

/// <summary>How one type of message is written and read.</summary>
internal sealed class MessageFormat
{
    private MessageFormat(
        string manifest,
        Type type,
        WriteMessageWithPayload<object> write,
        ReadMessageWithPayload read,
        Func<object, int>? sizeHint = null)
    {
        Manifest = manifest;
        Type = type;
        Write = write;
        Read = read;
        SizeHint = sizeHint ?? (static _ => 0);
    }

    /// <summary>What stands for the type on the wire and in the journal. Never given to another type.</summary>
    public string Manifest { get; }

    public Type Type { get; }

    public WriteMessageWithPayload<object> Write { get; }

    public ReadMessageWithPayload Read { get; }

    /// <summary>Roughly how many bytes a message will take.</summary>
    public Func<object, int> SizeHint { get; }

    public static MessageFormat Peer<T>(
        string manifest, WriteMessage<T> write, ReadPeerMessage read, Func<T, int>? sizeHint = null)
        where T : IPeerMessage =>
        PeerWithPayload<T>(
            manifest,
            (ref writer, message, _) => write(ref writer, message),
            (ref reader, header, _) => read(ref reader, header),
            sizeHint);

    /// <summary>
    /// A message with fields that were appended later, after the identities, where older versions ignore them.
    /// </summary>
    public static MessageFormat PeerWithLaterFields<T>(
        string manifest, WriteMessage<T> write, ReadPeerMessage read, WriteMessage<T> writeLater, ReadLaterFields readLater)
        where T : IPeerMessage =>
        PeerWithPayload<T>(
            manifest,
            (ref writer, message, _) => write(ref writer, message),
            (ref reader, header, _) => read(ref reader, header),
            null,
            writeLater,
            readLater);

    public static MessageFormat PeerWithPayload<T>(
        string manifest,
        WriteMessageWithPayload<T> write,
        ReadPeerMessageWithPayload read,
        Func<T, int>? sizeHint = null,
        WriteMessage<T>? writeLater = null,
        ReadLaterFields? readLater = null)
        where T : IPeerMessage =>
        new(
            manifest,
            typeof(T),
            (ref writer, message, codec) =>
            {
                var peerMessage = (T)message;
                if (peerMessage.Header.Version != ProtocolVersion.Current)
                {
                    throw new ArgumentException(
                        $"a message of protocol version {peerMessage.Header.Version}; "
                        + $"this library writes {ProtocolVersion.Current}",
                        nameof(message));
                }

                PeerFormat.Write(ref writer, peerMessage.Header);
                write(ref writer, peerMessage, codec);
                PeerFormat.Write(ref writer, peerMessage.Header.Identity);
                if (peerMessage.Header.Identity is not null)
                {
                    writeLater?.Invoke(ref writer, peerMessage);
                }
            },
            (ref reader, codec) =>
            {
                var header = PeerFormat.ReadHeader(ref reader);
                if (!ProtocolVersion.IsSupported(header.Version))
                {
                    return new UnknownVersionMessage(header, manifest);
                }

                var message = read(ref reader, header, codec);
                if (PeerFormat.ReadIdentity(ref reader) is { } identity)
                {
                    message = message.With(header with { Identity = identity });
                }

                return readLater is not null && reader.Remaining > 0 ? readLater(ref reader, message) : message;
            },
            sizeHint is null ? null : message => sizeHint((T)message));

    public static MessageFormat Request<T>(string manifest, WriteMessageWithPayload<T> write, ReadMessageWithPayload read)
        where T : IRaftRequest =>
        Versioned(manifest, RequestFormat.Version, write, read);

    public static MessageFormat Request<T>(string manifest, WriteMessage<T> write, ReadMessage read)
        where T : IRaftRequest =>
        Request<T>(manifest, (ref writer, message, _) => write(ref writer, message), (ref reader, _) => read(ref reader));

    /// <summary>A request without fields.</summary>
    public static MessageFormat Request<T>(string manifest)
        where T : IRaftRequest, new() =>
        Request<T>(manifest, static (ref _, _) => { }, static (ref _) => new T());

    public static MessageFormat Reply<T>(string manifest, WriteMessageWithPayload<T> write, ReadMessageWithPayload read)
        where T : notnull =>
        Versioned(manifest, ReplyFormat.Version, write, read);

    public static MessageFormat Reply<T>(string manifest, WriteMessage<T> write, ReadMessage read)
        where T : notnull =>
        Reply<T>(manifest, (ref writer, message, _) => write(ref writer, message), (ref reader, _) => read(ref reader));

    /// <summary>An answer without fields.</summary>
    public static MessageFormat Reply<T>(string manifest)
        where T : notnull, new() =>
        Reply<T>(manifest, static (ref _, _) => { }, static (ref _) => new T());

    /// <summary>A journal event; it writes and checks its version itself.</summary>
    public static MessageFormat JournalEvent<T>(string manifest, WriteMessage<T> write, ReadMessage read, Func<T, int> sizeHint)
        where T : IJournalEvent =>
        Stored(manifest, write, read, sizeHint);

    /// <summary>A row of the snapshot store, which is as a journal event.</summary>
    public static MessageFormat SnapshotRecord<T>(string manifest, WriteMessage<T> write, ReadMessage read, Func<T, int> sizeHint)
        where T : Model.ISnapshotRecord =>
        Stored(manifest, write, read, sizeHint);

    private static MessageFormat Stored<T>(string manifest, WriteMessage<T> write, ReadMessage read, Func<T, int> sizeHint)
        where T : notnull =>
        new(
            manifest,
            typeof(T),
            (ref writer, message, _) => write(ref writer, (T)message),
            (ref reader, _) => read(ref reader),
            message => sizeHint((T)message));

    private static MessageFormat Versioned<T>(
        string manifest, byte version, WriteMessageWithPayload<T> write, ReadMessageWithPayload read) =>
        new(
            manifest,
            typeof(T),
            (ref writer, message, codec) =>
            {
                writer.Byte(version);
                write(ref writer, (T)message, codec);
            },
            (ref reader, codec) =>
            {
                var found = reader.Byte();
                return found == version
                    ? read(ref reader, codec)
                    : throw new MalformedMessageException(
                        $"{typeof(T).Name} came in format {found}, and this version of RaftAkka reads format {version}");
            });
}

/// <summary>Reads what stands after a message's identities, and gives the message with it.</summary>
internal delegate IPeerMessage ReadLaterFields(ref WireReader reader, IPeerMessage message);

internal delegate IPeerMessage ReadPeerMessageWithPayload(ref WireReader reader, PeerHeader header, PayloadCodec codec);
