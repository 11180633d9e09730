using System.Text;
using Akka.Actor;
using Akka.Serialization;
using static Raft.Fuzz.Inputs.AkkaFrame;

namespace Raft.Tests.Hosting.Door;

/// <summary>A message with any serializer's number, any manifest and any bytes.</summary>
public sealed record Forgery(int Serializer, string Manifest, byte[] Bytes)
{
    /// <summary>What a sender's configuration needs to send these.</summary>
    public static string Hocon { get; } = $$"""
        akka.actor {
          serializers.forger = "{{typeof(Forger).AssemblyQualifiedName}}"
          serialization-bindings { "{{typeof(Forgery).AssemblyQualifiedName}}" = forger }
        }

        """;

    /// <summary>An object as Newtonsoft.Json reads it: it names its own type.</summary>
    public static Forgery Json(string type, string members = "") =>
        new(1, string.Empty, Encoding.UTF8.GetBytes($"{{\"$type\":\"{type}\"{members}}}"));

    /// <summary>As the field that a payload has in Akka.Remote's messages.</summary>
    public byte[] AsField() => Field(1, Payload(Serializer, Manifest, Bytes));
}

/// <summary>Writes forgeries.</summary>
public sealed class Forger(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    [ThreadStatic]
    private static int _number;

    /// <summary>
    /// Asked for once behind each message; whoever asks at another time must not see the number of the last forgery.
    /// </summary>
    public override int Identifier
    {
        get
        {
            var number = _number;
            _number = 0;
            return number == 0 ? 4711 : number;
        }
    }

    public override byte[] ToBinary(object obj)
    {
        _number = ((Forgery)obj).Serializer;
        return ((Forgery)obj).Bytes;
    }

    public override string Manifest(object o) => ((Forgery)o).Manifest;

    public override object FromBinary(byte[] bytes, string manifest) => throw new NotSupportedException("nobody reads a forgery");
}

/// <summary>What Akka.Remote sends, by hand: its own classes for it are not public.</summary>
internal static class ProtobufText
{
    public const ulong Unnumbered = ulong.MaxValue;

    public static byte[] Envelope(
        ReadOnlySpan<byte> payload, string recipient = "akka.tcp://raft@n1:4053/user/raft-kv", ulong sequence = Unnumbered) =>
    [
        .. Field(1, Field(1, recipient)),
        .. Field(2, payload),
        .. Field(4, Field(1, "akka.tcp://raft@n2:4053/user/raft-kv")),
        .. Fixed64(5, sequence),
    ];

    /// <summary>What Akka.Remote writes for one message.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> envelope) => Field(1, Field(2, envelope));

    public static byte[] Frame(int serializer, string manifest, ReadOnlySpan<byte> bytes) =>
        Frame(Envelope(Payload(serializer, manifest, bytes)));

    /// <summary>A message to a selection: type 1 is the parent, 2 a child by name, 3 a pattern.</summary>
    public static byte[] Selection(ReadOnlySpan<byte> payload, params (int Type, string Name)[] path) =>
        [.. Field(1, payload), .. path.SelectMany(static part => Field(2, [.. Varint(1, part.Type), .. Field(2, part.Name)]))];
}
