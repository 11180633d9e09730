using System.Text;
using Akka.Actor;
using Raft.Actors.Hosting.Identity;

namespace Raft.Actors.Hosting.Door;

/// <summary>
/// What a frame of Akka.Remote may hold. The rules read numbers and names in the frame itself. They look up no type and make no
/// object. Akka.NET, whose serializers find types by the names that a sender gives, reads only what the rules let in.
/// </summary>
/// <param name="settings">What is let in beside what the group needs.</param>
/// <param name="holders">What a peer may say by its certificate; null if certificates do not matter.</param>
internal sealed class DoorRules(DoorSettings settings, HolderRules? holders = null)
{
    private const ulong NoSequence = ulong.MaxValue;

    private readonly PayloadRules _payloads = new(settings, holders);

    // What the paths of this system's actors begin with; empty while that is not known, before any peer has connected.
    private volatile byte[] _self = [];

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
            : hasReceipt && !settings.LetsWatchesIn && !IsOfNothing(receipt) ? new Refusal(RefusalKind.SystemMessage)
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
        return sequence != NoSequence && !settings.LetsWatchesIn
            ? new Refusal(RefusalKind.SystemMessage)
            : CheckRecipient(recipient) ?? CheckPath(sender, out _) ?? _payloads.Check(payload, peer);
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
            : path.Length > PayloadRules.MaxPathBytes ? new Refusal(RefusalKind.TooLong, Text: Refusal.Clean(path)) : null;
    }
}
