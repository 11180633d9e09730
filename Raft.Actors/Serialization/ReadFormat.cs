using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>What reads on other servers than the leader need: the messages between servers, and the failures.</summary>
internal static class ReadFormat
{
    public static void Write(ref WireWriter writer, RequestReadIndex message) => writer.Index(message.Sequence);

    public static RequestReadIndex ReadRequestReadIndex(ref WireReader reader, PeerHeader header) => new(header, reader.Index());

    public static void Write(ref WireWriter writer, ReadIndexResponse message)
    {
        writer.Index(message.Sequence);
        writer.Index(message.Index);
    }

    public static ReadIndexResponse ReadReadIndexResponse(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, ReadTimedOut message) => writer.Signed(message.Waited.Ticks);

    public static ReadTimedOut ReadReadTimedOut(ref WireReader reader) => new(TimeSpan.FromTicks(reader.Signed()));

    public static void Write(ref WireWriter writer, TooStale message)
    {
        writer.Duration(message.Staleness);
        writer.Signed(message.MaxStaleness.Ticks);
    }

    public static TooStale ReadTooStale(ref WireReader reader) => new(reader.Duration(), TimeSpan.FromTicks(reader.Signed()));
}
