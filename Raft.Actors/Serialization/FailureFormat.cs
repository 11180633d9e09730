using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>The failures that clients are answered with, laid out as the other answers; see <see cref="ReplyFormat"/>.</summary>
internal static class FailureFormat
{
    public static void Write(ref WireWriter writer, NotLeader message)
    {
        writer.Server(message.LeaderId);
        writer.OptionalText(message.LeaderAddress);
    }

    public static NotLeader ReadNotLeader(ref WireReader reader) => new(reader.Server(), reader.OptionalText());

    public static void Write(ref WireWriter writer, EnqueueTimedOut message) => writer.Signed(message.Waited.Ticks);

    public static EnqueueTimedOut ReadEnqueueTimedOut(ref WireReader reader) => new(TimeSpan.FromTicks(reader.Signed()));

    public static void Write(ref WireWriter writer, Overloaded message)
    {
        writer.Signed(message.InFlight);
        writer.Signed(message.RetryAfter.Ticks);
    }

    public static Overloaded ReadOverloaded(ref WireReader reader) =>
        new(reader.SignedInt(), TimeSpan.FromTicks(reader.Signed()));

    public static void Write(ref WireWriter writer, TooLarge message)
    {
        writer.Signed(message.Size);
        writer.Signed(message.Limit);
    }

    public static TooLarge ReadTooLarge(ref WireReader reader) => new(reader.Signed(), reader.Signed());

    public static void Write(ref WireWriter writer, InvalidRequest message) => writer.Text(message.Reason);

    public static InvalidRequest ReadInvalidRequest(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, LeadershipLost message)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
    }

    public static LeadershipLost ReadLeadershipLost(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, StorageFailed message)
    {
        writer.Text(message.Reason);
        writer.Byte((byte)message.Outcome);
    }

    public static StorageFailed ReadStorageFailed(ref WireReader reader) => new(reader.Text(), ReadOutcome(ref reader));

    public static void Write(ref WireWriter writer, StateMachineFailed message)
    {
        writer.Index(message.Index);
        writer.Text(message.Reason);
        writer.Byte((byte)message.Outcome);
    }

    public static StateMachineFailed ReadStateMachineFailed(ref WireReader reader) =>
        new(reader.Index(), reader.Text(), ReadOutcome(ref reader));

    public static void Write(ref WireWriter writer, ShuttingDown message) => writer.Byte((byte)message.Outcome);

    public static ShuttingDown ReadShuttingDown(ref WireReader reader) => new(ReadOutcome(ref reader));

    public static void Write(ref WireWriter writer, Unavailable message) => writer.Text(message.Reason);

    public static Unavailable ReadUnavailable(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, DeadlinePassed message)
    {
        writer.Byte((byte)message.Outcome);
        writer.Index(message.Attempts);
        writer.Text(message.Reason);
    }

    public static DeadlinePassed ReadDeadlinePassed(ref WireReader reader) =>
        new(ReadOutcome(ref reader), reader.Int(), reader.Text());

    private static Outcome ReadOutcome(ref WireReader reader) => (Outcome)reader.Choice((byte)Outcome.Unknown, "outcome");
}
