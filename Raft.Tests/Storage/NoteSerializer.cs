using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace Raft.Tests.Storage;

/// <summary>An event with a serializer of its own, as the library's events have.</summary>
internal sealed record Note(string Text);

/// <summary>Writes notes; a test finds its id and manifest in the journal.</summary>
internal sealed class NoteSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const int Id = 4711;

    public override int Identifier => Id;

    public override string Manifest(object o) => "note";

    public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((Note)obj).Text);

    public override object FromBinary(byte[] bytes, string manifest) =>
        manifest == "note"
            ? new Note(Encoding.UTF8.GetString(bytes))
            : throw new ArgumentException($"Unknown manifest {manifest}", nameof(manifest));
}
