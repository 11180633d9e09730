using Raft.Actors.Model;
using Raft.Actors.Protocol;
using ApplyBarrier = Raft.Actors.Protocol.ApplyBarrier;

namespace Raft.Actors.Serialization;

/// <summary>
/// The clients' requests: a format version, then the fields. Within a version a field may be appended, if a reader that does
/// not know it may ignore it: readers leave what follows the last field that they know.
/// </summary>
/// <remarks>
/// A command or query that cannot be encoded (its type is not listed with the sender) still goes out, as a statement of what
/// was wrong with it, so that whoever sent it gets an answer instead of a timeout: the receiver reads an
/// <see cref="UnreadableRequest"/>.
/// </remarks>
internal static class RequestFormat
{
    /// <summary>The version that this library writes.</summary>
    public const byte Version = 1;

    private const byte WithPayload = 0;
    private const byte WithoutPayload = 1;

    // Before one of these two. A version that does not know it refuses the request, so that no command slips past the condition.
    private const byte WithMinimumVersion = 2;

    public static void Write(ref WireWriter writer, Apply message, PayloadCodec codec)
    {
        if (message.MinimumVersion > 0)
        {
            writer.Byte(WithMinimumVersion);
            writer.Index(message.MinimumVersion);
        }

        if (WritePayload(ref writer, message.Command, codec))
        {
            writer.Bytes(message.Extensions.Span);
            writer.Duration(message.EnqueueTimeout);
            SessionFormat.WriteOptional(ref writer, message.Session);
        }
    }

    /// <summary>
    /// Reads a command. An object is decoded, which checks it, and then carried on in its encoded form, so that the node
    /// need not encode it again: <see cref="Apply.Command"/> is then an <see cref="EncodedPayload"/>.
    /// </summary>
    public static IRaftRequest ReadApply(ref WireReader reader, PayloadCodec codec)
    {
        var minimumVersion = reader.Takes(WithMinimumVersion) ? reader.Int() : 0;
        if (!ReadPayload(ref reader, out var payload, out var unreadable))
        {
            return unreadable;
        }

        _ = codec.Decode(payload);
        object command = payload.Format == PayloadFormat.Bytes ? payload.Bytes : payload;
        return new Apply(command)
        {
            Extensions = reader.Bytes(),
            EnqueueTimeout = reader.Duration(),
            Session = SessionFormat.ReadOptional(ref reader),
            MinimumVersion = minimumVersion,
        };
    }

    public static void Write(ref WireWriter writer, Read message, PayloadCodec codec)
    {
        if (WritePayload(ref writer, message.Query, codec))
        {
            writer.Byte((byte)message.Consistency);
            writer.Duration(message.MaxStaleness);
            writer.Duration(message.Timeout);
        }
    }

    public static IRaftRequest ReadRead(ref WireReader reader, PayloadCodec codec)
    {
        if (!ReadPayload(ref reader, out var payload, out var unreadable))
        {
            return unreadable;
        }

        var consistency = (ReadConsistency)reader.Choice((byte)ReadConsistency.Bounded, "read consistency");
        var (maxStaleness, timeout) = (reader.Duration(), reader.Duration());
        return codec.Decode(payload) is { } query
            ? new Read(query, consistency) { MaxStaleness = maxStaleness, Timeout = timeout }
            : new UnreadableRequest("the query is null");
    }

    public static void Write(ref WireWriter writer, ApplyBarrier message) => writer.Duration(message.EnqueueTimeout);

    public static ApplyBarrier ReadBarrier(ref WireReader reader) => new() { EnqueueTimeout = reader.Duration() };

    private static bool WritePayload(ref WireWriter writer, object? value, PayloadCodec codec)
    {
        EncodedPayload payload;
        try
        {
            payload = codec.Encode(value);
        }
        catch (PayloadException failure)
        {
            writer.Byte(WithoutPayload);
            writer.Text(failure.Message);
            return false;
        }

        writer.Byte(WithPayload);
        writer.Payload(payload);
        return true;
    }

    private static bool ReadPayload(ref WireReader reader, out EncodedPayload payload, out UnreadableRequest unreadable)
    {
        payload = default;
        unreadable = null!;
        if (reader.Choice(WithoutPayload, "marker of a payload") == WithoutPayload)
        {
            unreadable = new UnreadableRequest($"it could not be encoded where it was sent: {reader.Excerpt()}");
            return false;
        }

        payload = reader.Payload();
        if (payload.Format == PayloadFormat.Null)
        {
            unreadable = new UnreadableRequest("the command or query is null");
            return false;
        }

        return true;
    }
}
