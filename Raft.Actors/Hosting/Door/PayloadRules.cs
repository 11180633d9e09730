using Raft.Actors.Hosting.Identity;
using Raft.Actors.Serialization;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// Which messages are let in, by the numbers of their serializers and their manifests; and to which selections of actors. What
/// holds another message is looked into.
/// </summary>
/// <param name="settings">What is let in beside what the group needs.</param>
/// <param name="holders">What a peer may say by its certificate; null if certificates do not matter.</param>
internal sealed class PayloadRules(DoorSettings settings, HolderRules? holders = null)
{
    /// <summary>A path of ours is below 400 bytes. Akka.NET builds an object for each part of one.</summary>
    public const int MaxPathBytes = 2048;

    /// <summary>The longest manifest of what is let in anyway has 70 bytes; names of types are longer, not this long.</summary>
    public const int MaxManifestBytes = 1024;

    private const int MaxPathElements = 32;
    private const int ChildName = 2;

    /// <summary>Where in a frame a payload stands.</summary>
    private enum Place
    {
        /// <summary>It is the message.</summary>
        Message,

        /// <summary>It is the message to a selection.</summary>
        Selected,

        /// <summary>It is what an Identify carries, to be given back.</summary>
        Correlation,
    }

    /// <summary>Why a message is refused; null: it is let in.</summary>
    /// <param name="payload">The message as Akka.Remote wraps it: its bytes, its serializer and its manifest.</param>
    /// <param name="peer">The holder of the peer's certificate; null if certificates do not matter.</param>
    public Refusal? Check(ReadOnlySpan<byte> payload, CertificateHolder? peer = null) => Check(payload, Place.Message, peer);

    private Refusal? Check(ReadOnlySpan<byte> payload, Place place, CertificateHolder? peer)
    {
        var reader = new ProtobufReader(payload);
        ReadOnlySpan<byte> message = default, manifest = default;
        var serializer = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    message = reader.Once();
                    break;
                case 2:
                    serializer = reader.Int32Once();
                    break;
                case 3:
                    manifest = reader.Once();
                    break;
            }
        }

        if (reader.IsMalformed)
        {
            return new Refusal(RefusalKind.Malformed);
        }

        if (manifest.Length > MaxManifestBytes)
        {
            return new Refusal(RefusalKind.TooLong, serializer, Refusal.Clean(manifest));
        }

        // What is sent to a selection is looked at also where all selections are let in. By a manifest there Akka.NET would
        // look for a type.
        if (serializer == AkkaSerializers.Selection && place == Place.Message && manifest.IsEmpty)
        {
            return CheckSelection(message, peer);
        }

        if (settings.Serializers.Contains(serializer) && serializer != AkkaSerializers.Selection)
        {
            return CheckPeer(peer, serializer, manifest, message);
        }

        var (isKnown, isLetIn) = (serializer, place) switch
        {
            (AkkaSerializers.Nothing, Place.Correlation) => (true, manifest.IsEmpty),
            (AkkaSerializers.Primitive, Place.Correlation) => (true, true),
            (_, Place.Correlation) => (false, false),
            (RaftMessageSerializer.FixedIdentifier, _) => (true, MessageTable.IsSent(manifest)),
            (AkkaSerializers.Cluster, _) => (settings.InCluster, settings.InCluster && ClusterTraffic.Sends(manifest)),
            (AkkaSerializers.Miscellaneous, _) => (true, CheckMiscellaneous(message, manifest)),
            _ => (false, false),
        };
        var kind = isKnown ? RefusalKind.Message : RefusalKind.Serializer;
        return isLetIn
            ? CheckPeer(peer, serializer, manifest, message)
            : new Refusal(kind, serializer, Refusal.Clean(manifest));
    }

    /// <summary>It comes last: with <c>identities = log</c>, what it alone refuses is logged and let in.</summary>
    private Refusal? CheckPeer(
        CertificateHolder? peer, int serializer, ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> message) =>
        peer is null ? null : holders?.CheckMessage(peer, serializer, manifest, message);

    /// <summary>
    /// The question who is there (Identify), and its answer. Systems that watch one another send heartbeats as well.
    /// </summary>
    private bool CheckMiscellaneous(ReadOnlySpan<byte> message, ReadOnlySpan<byte> manifest)
    {
        if (!manifest.SequenceEqual("ID"u8) && !manifest.SequenceEqual("AID"u8))
        {
            return settings.LetsWatchesIn && (manifest.SequenceEqual("RWHB"u8) || manifest.SequenceEqual("RWHR"u8));
        }

        var reader = new ProtobufReader(message);
        ReadOnlySpan<byte> correlation = default, path = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    correlation = reader.Once();
                    break;
                case 2:
                    path = reader.Once();
                    break;
            }
        }

        return !reader.IsMalformed
            && path.Length <= MaxPathBytes
            && Check(correlation, Place.Correlation, peer: null) is null;
    }

    private Refusal? CheckSelection(ReadOnlySpan<byte> message, CertificateHolder? peer)
    {
        var reader = new ProtobufReader(message);
        ReadOnlySpan<byte> payload = default;
        Span<char> path = stackalloc char[MaxPathBytes];
        var (hasPayload, isPlain, length, count) = (false, true, 0, 0);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    payload = reader.Once();
                    hasPayload = true;
                    break;
                case 2:
                    var name = ChildNameOf(reader.Repeated());
                    if (++count > MaxPathElements || name.Length + 1 > path.Length - length)
                    {
                        return new Refusal(RefusalKind.TooLong, AkkaSerializers.Selection, Refusal.Clean(name));
                    }

                    isPlain &= name is not ([] or [(byte)'.', ..]);
                    path[length++] = '/';
                    foreach (var letter in name)
                    {
                        path[length++] = letter is > 0x20 and < 0x7F and not (byte)'/' ? (char)letter : '?';
                    }

                    break;
            }
        }

        if (reader.IsMalformed || !hasPayload)
        {
            return new Refusal(RefusalKind.Malformed);
        }

        var selected = path[..length];
        return settings.Serializers.Contains(AkkaSerializers.Selection) || (isPlain && IsKnown(selected))
            ? Check(payload, Place.Selected, peer)
            : new Refusal(
                RefusalKind.Selection,
                AkkaSerializers.Selection,
                selected.Length <= 80 ? selected.ToString() : $"{selected[..80]}…");
    }

    /// <summary>Supervisors, what is below them, discovery; and where the members of a cluster speak.</summary>
    private bool IsKnown(ReadOnlySpan<char> path) => path.StartsWith("/user/raft-", StringComparison.Ordinal)
        || (settings.InCluster && ClusterTraffic.GoesTo(path));

    /// <summary>The name of a child; empty for a pattern, which may run long, and for a parent.</summary>
    private static ReadOnlySpan<byte> ChildNameOf(ReadOnlySpan<byte> element)
    {
        var reader = new ProtobufReader(element);
        ReadOnlySpan<byte> name = default;
        var type = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    type = reader.Int32Once();
                    break;
                case 2:
                    name = reader.Once();
                    break;
            }
        }

        return reader.IsMalformed || type != ChildName ? default : name;
    }
}
