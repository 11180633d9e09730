using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>The requests and answers of client sessions, laid out as all other requests and answers.</summary>
internal static class SessionFormat
{
    /// <summary>
    /// A command's session; three numbers. The lowest unanswered sequence is written as its distance, which is short.
    /// </summary>
    public static void Write(ref WireWriter writer, CommandSession session)
    {
        writer.Index(session.SessionId);
        writer.Index(session.Sequence);
        writer.Signed(session.Sequence - session.LowestUnanswered);
    }

    public static CommandSession ReadSession(ref WireReader reader)
    {
        var (id, sequence, distance) = (reader.Index(), reader.Index(), reader.Signed());
        return new CommandSession(id, sequence, sequence - distance);
    }

    public static void WriteOptional(ref WireWriter writer, CommandSession? session)
    {
        writer.Bool(session is not null);
        if (session is not null)
        {
            Write(ref writer, session);
        }
    }

    public static CommandSession? ReadOptional(ref WireReader reader) => reader.Bool() ? ReadSession(ref reader) : null;

    public static void Write(ref WireWriter writer, RegisterSession message) => writer.Duration(message.EnqueueTimeout);

    public static RegisterSession ReadRegister(ref WireReader reader) => new() { EnqueueTimeout = reader.Duration() };

    public static void Write(ref WireWriter writer, KeepSessionAlive message)
    {
        writer.Index(message.SessionId);
        writer.Index(message.LowestUnanswered);
    }

    public static KeepSessionAlive ReadKeepAlive(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, CloseSession message) => writer.Index(message.SessionId);

    public static CloseSession ReadClose(ref WireReader reader) => new(reader.Index());

    public static void Write(ref WireWriter writer, SessionRegistered message)
    {
        writer.Index(message.SessionId);
        writer.Signed(message.Timeout.Ticks);
    }

    public static SessionRegistered ReadRegistered(ref WireReader reader) =>
        new(reader.Index(), TimeSpan.FromTicks(reader.Signed()));

    public static void Write(ref WireWriter writer, SessionKeptAlive message) => writer.Index(message.SessionId);

    public static SessionKeptAlive ReadKeptAlive(ref WireReader reader) => new(reader.Index());

    public static void Write(ref WireWriter writer, SessionClosed message) => writer.Index(message.SessionId);

    public static SessionClosed ReadClosed(ref WireReader reader) => new(reader.Index());

    public static void Write(ref WireWriter writer, SessionExpired message) => writer.Index(message.SessionId);

    public static SessionExpired ReadExpired(ref WireReader reader) => new(reader.Index());

    public static void Write(ref WireWriter writer, SessionLimitReached message) => writer.Text(message.Reason);

    public static SessionLimitReached ReadLimitReached(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, AnswerNotKept message)
    {
        writer.Index(message.SessionId);
        writer.Index(message.Sequence);
        writer.Byte((byte)message.Outcome);
    }

    public static AnswerNotKept ReadNotKept(ref WireReader reader) =>
        new(reader.Index(), reader.Index(), (Outcome)reader.Choice((byte)Outcome.Unknown, "outcome"));
}
