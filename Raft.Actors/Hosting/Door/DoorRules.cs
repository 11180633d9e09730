using System.Collections.Frozen;
using System.Text;
using Akka.Actor;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Serialization;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// What a frame of Akka.Remote may hold. The rules read numbers and names in the frame itself. They look up no type and make no
/// object. Akka.NET, whose serializers find types by the names that a sender gives, reads only what the rules let in.
/// </summary>
/// <param name="settings">What is let in beside what the group needs.</param>
/// <param name="holders">What a peer may say by its certificate; null if certificates do not matter.</param>
internal sealed class DoorRules(DoorSettings settings, HolderRules? holders = null)
{
    /// <summary>The number of Akka's serializer of null.</summary>
    public const int Nothing = 0;

    /// <summary>The number of Akka.Cluster's serializer.</summary>
    public const int Cluster = 5;

    /// <summary>The number of the serializer of messages to selections of actors, which holds another message.</summary>
    public const int Selection = 6;

    /// <summary>The number of the serializer of Identify, PoisonPill, Status.Failure, routers and more.</summary>
    public const int Miscellaneous = 16;

    /// <summary>The number of the serializer of texts and numbers.</summary>
    public const int Primitive = 17;

    /// <summary>The number of the serializer of watches, terminations and other supervision.</summary>
    public const int SystemMessages = 22;

    /// <summary>A path of ours is below 400 bytes. Akka.NET builds an object for each part of one.</summary>
    public const int MaxPathBytes = 2048;

    /// <summary>The longest manifest of what is let in anyway has 70 bytes; names of types are longer, not this long.</summary>
    public const int MaxManifestBytes = 1024;

    private const int MaxPathElements = 32;
    private const int ChildName = 2;
    private const ulong NoSequence = ulong.MaxValue;

    /// <summary>
    /// What the members of a cluster send one another. Not among them: Leave and Down, which a member is told by its own process
    /// only; and router pools, which hold payloads of any serializer.
    /// </summary>
    private static readonly FrozenSet<string> OfCluster = new[]
    {
        "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+Welcome, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoin, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoinAck, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoinNack, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+ExitingConfirmed, Akka.Cluster",
        "Akka.Cluster.ClusterHeartbeatSender+Heartbeat, Akka.Cluster",
        "Akka.Cluster.ClusterHeartbeatSender+HeartbeatRsp, Akka.Cluster",
        "HB",
        "HBR",
        "Akka.Cluster.GossipStatus, Akka.Cluster",
        "Akka.Cluster.GossipEnvelope, Akka.Cluster",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> ClusterPaths =
        new[] { "/system/cluster/core/daemon", "/system/cluster/heartbeatReceiver" }.ToFrozenSet(StringComparer.Ordinal);

    // What the paths of this system's actors begin with; empty while that is not known, before any peer has connected.
    private volatile byte[] _self = [];

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

    private bool WatchesAreLetIn => settings.Serializers.Contains(SystemMessages);

    /// <summary>From now on only messages to this system's actors are let in.</summary>
    /// <param name="self">Where the transport listens, as others know it.</param>
    public void ListensAt(Address self) => _self = Encoding.UTF8.GetBytes($"akka.{self}/");

    /// <summary>Why a frame is refused; null: it is let in.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="peer">The holder of the peer's certificate; null if certificates do not matter.</param>
    public Refusal? Check(ReadOnlySpan<byte> frame, CertificateHolder? peer = null)
    {
        var reader = new ProtobufReader(frame);
        ReadOnlySpan<byte> payload = default, instruction = default;
        var (hasPayload, hasInstruction) = (false, false);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    payload = reader.Once();
                    hasPayload = true;
                    break;
                case 2:
                    // The handshake, heartbeats of the connection, and its end: Akka.Remote's own, without a message in them.
                    instruction = reader.Once();
                    hasInstruction = true;
                    break;
            }
        }

        return reader.IsMalformed || hasPayload == hasInstruction ? new Refusal(RefusalKind.Malformed)
            : hasPayload ? CheckContainer(payload, peer)
            : !InstructionRules.TryRead(instruction, out var host, out var port) ? new Refusal(RefusalKind.Malformed)
            : peer is null || host.IsEmpty ? null : holders?.CheckHandshake(peer, host, port);
    }

    private Refusal? CheckContainer(ReadOnlySpan<byte> container, CertificateHolder? peer)
    {
        var reader = new ProtobufReader(container);
        ReadOnlySpan<byte> envelope = default, receipt = default;
        var (hasEnvelope, hasReceipt) = (false, false);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    receipt = reader.Once();
                    hasReceipt = true;
                    break;
                case 2:
                    envelope = reader.Once();
                    hasEnvelope = true;
                    break;
            }
        }

        return reader.IsMalformed ? new Refusal(RefusalKind.Malformed)
            : hasReceipt && !WatchesAreLetIn && !IsOfNothing(receipt) ? new Refusal(RefusalKind.SystemMessage)
            : hasEnvelope ? CheckEnvelope(envelope, peer) : null;
    }

    /// <summary>
    /// Whether a receipt says that nothing numbered has come, and nothing is missing. Akka.Remote sends one on the second
    /// connection between two systems, alone or beside a message.
    /// </summary>
    private static bool IsOfNothing(ReadOnlySpan<byte> receipt)
    {
        var reader = new ProtobufReader(receipt);
        var (received, misses) = (0UL, false);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                received = reader.Fixed64Once();
            }
            else
            {
                misses = true;
            }
        }

        return !reader.IsMalformed && !misses && received == NoSequence;
    }

    private Refusal? CheckEnvelope(ReadOnlySpan<byte> envelope, CertificateHolder? peer)
    {
        var reader = new ProtobufReader(envelope);
        ReadOnlySpan<byte> recipient = default, payload = default, sender = default;
        var (hasRecipient, hasPayload, sequence) = (false, false, 0UL);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    recipient = reader.Once();
                    hasRecipient = true;
                    break;
                case 2:
                    payload = reader.Once();
                    hasPayload = true;
                    break;
                case 4:
                    sender = reader.Once();
                    break;
                case 5:
                    sequence = reader.Fixed64Once();
                    break;
            }
        }

        if (reader.IsMalformed || !hasRecipient || !hasPayload)
        {
            return new Refusal(RefusalKind.Malformed);
        }

        // Only system messages are numbered. Akka.Remote keeps room for each number that is missing before one.
        return sequence != NoSequence && !WatchesAreLetIn
            ? new Refusal(RefusalKind.SystemMessage)
            : CheckRecipient(recipient) ?? CheckPath(sender, out _) ?? CheckPayload(payload, Place.Message, peer);
    }

    /// <summary>An actor of this system. Akka.NET writes an error in the log for each message to another's.</summary>
    private Refusal? CheckRecipient(ReadOnlySpan<byte> actor) =>
        CheckPath(actor, out var path)
        ?? (path.StartsWith(_self) ? null : new Refusal(RefusalKind.Elsewhere, Text: Refusal.Clean(path)));

    private static Refusal? CheckPath(ReadOnlySpan<byte> actor, out ReadOnlySpan<byte> path)
    {
        var reader = new ProtobufReader(actor);
        path = default;
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                path = reader.Once();
            }
        }

        return reader.IsMalformed ? new Refusal(RefusalKind.Malformed)
            : path.Length > MaxPathBytes ? new Refusal(RefusalKind.TooLong, Text: Refusal.Clean(path)) : null;
    }

    private Refusal? CheckPayload(ReadOnlySpan<byte> payload, Place place, CertificateHolder? peer)
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
        if (serializer == Selection && place == Place.Message && manifest.IsEmpty)
        {
            return CheckSelection(message, peer);
        }

        if (settings.Serializers.Contains(serializer) && serializer != Selection)
        {
            return CheckPeer(peer, serializer, manifest, message);
        }

        var (isKnown, isLetIn) = (serializer, place) switch
        {
            (Nothing, Place.Correlation) => (true, manifest.IsEmpty),
            (Primitive, Place.Correlation) => (true, true),
            (_, Place.Correlation) => (false, false),
            (RaftMessageSerializer.FixedIdentifier, _) => (true, MessageTable.IsSent(manifest)),
            (Cluster, _) => (settings.InCluster, settings.InCluster && IsOneOf(OfCluster, manifest)),
            (Miscellaneous, _) => (true, CheckMiscellaneous(message, manifest)),
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
            return WatchesAreLetIn && (manifest.SequenceEqual("RWHB"u8) || manifest.SequenceEqual("RWHR"u8));
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
            && CheckPayload(correlation, Place.Correlation, peer: null) is null;
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
                        return new Refusal(RefusalKind.TooLong, Selection, Refusal.Clean(name));
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
        return settings.Serializers.Contains(Selection) || (isPlain && IsKnown(selected))
            ? CheckPayload(payload, Place.Selected, peer)
            : new Refusal(RefusalKind.Selection, Selection, selected.Length <= 80 ? selected.ToString() : $"{selected[..80]}…");
    }

    /// <summary>Supervisors, what is below them, discovery; and where the members of a cluster speak.</summary>
    private bool IsKnown(ReadOnlySpan<char> path) => path.StartsWith("/user/raft-", StringComparison.Ordinal)
        || (settings.InCluster && ClusterPaths.GetAlternateLookup<ReadOnlySpan<char>>().Contains(path));

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

    private static bool IsOneOf(FrozenSet<string> names, ReadOnlySpan<byte> manifest)
    {
        Span<char> name = stackalloc char[MaxManifestBytes];
        for (var place = 0; place < manifest.Length; place++)
        {
            name[place] = (char)manifest[place];
        }

        return names.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name[..manifest.Length]);
    }
}
