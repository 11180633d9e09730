using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Serialization;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage.Segments;

/// <summary>Writes and reads a record's body: serializer id, manifest, writer, and the event by its own serializer.</summary>
internal sealed class EventCodec(ExtendedActorSystem system)
{
    private const int HeadHint = 128;

    public EventBody Encode(IPersistentRepresentation persistent)
    {
        var serializer = system.Serialization.FindSerializerFor(persistent.Payload);
        var payload = Akka.Serialization.Serialization.WithTransport(system, () => serializer.ToBinary(persistent.Payload));
        var writer = new WireWriter(HeadHint);
        writer.Signed(serializer.Identifier);
        writer.Text(Akka.Serialization.Serialization.ManifestFor(serializer, persistent.Payload));
        writer.Text(persistent.WriterGuid ?? string.Empty);
        writer.Index(payload.Length);
        return new EventBody(writer.ToArray(), payload);
    }

    /// <summary>A record's body as it is stored, its event unread.</summary>
    public static JournalRow ReadRow(long sequenceNr, ReadOnlyMemory<byte> body)
    {
        var reader = new WireReader(body);
        var serializer = reader.SignedInt();
        var manifest = reader.Text();
        reader.Text();
        return new JournalRow(sequenceNr, serializer, manifest, reader.Bytes());
    }

    public IPersistentRepresentation Decode(string persistenceId, long sequenceNr, ReadOnlyMemory<byte> body)
    {
        var reader = new WireReader(body);
        var serializer = reader.SignedInt();
        var manifest = reader.Text();
        var writer = reader.Text();
        var payload = system.Serialization.Deserialize(reader.Bytes().ToArray(), serializer, manifest);
        return new Persistent(payload, sequenceNr, persistenceId, manifest, isDeleted: false, ActorRefs.NoSender, writer);
    }
}
