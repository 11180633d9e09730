using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;

namespace Raft.Actors.Sessions;

/// <summary>
/// What sessions may hold. Every replica must decide by the same numbers, so they are not each server's own: the entry that
/// registers a session carries those of the leader that appended it, and they count from there on.
/// </summary>
/// <param name="Timeout">A session that is not used for this long, in milliseconds of the log's time, expires.</param>
/// <param name="MaxSessions">How many sessions there may be.</param>
/// <param name="MaxAnswers">How many answers of one session are kept, and so how many of its commands may be in flight.</param>
/// <param name="MaxAnswerBytes">An answer with more bytes is not kept.</param>
/// <param name="MaxKeptBytes">How many bytes the answers of all sessions may have together.</param>
internal readonly record struct SessionLimits(
    long Timeout, int MaxSessions, int MaxAnswers, int MaxAnswerBytes, long MaxKeptBytes)
{
    private const byte Version = 1;

    public static SessionLimits Of(SessionSettings settings) => new(
        (long)settings.Timeout.TotalMilliseconds,
        settings.MaxSessions,
        settings.MaxAnswers,
        settings.MaxAnswerBytes,
        settings.MaxKeptBytes);

    /// <summary>As the data of the entry that registers a session.</summary>
    public EncodedPayload Encode()
    {
        var writer = new WireWriter(32);
        writer.Byte(Version);
        Write(ref writer);
        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    public static SessionLimits Decode(EncodedPayload data)
    {
        var reader = new WireReader(data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), Version, "the limits of sessions");
        var limits = Read(ref reader);
        reader.End();
        return limits;
    }

    public void Write(ref WireWriter writer)
    {
        writer.Index(Timeout);
        writer.Index(MaxSessions);
        writer.Index(MaxAnswers);
        writer.Index(MaxAnswerBytes);
        writer.Index(MaxKeptBytes);
    }

    public static SessionLimits Read(ref WireReader reader) =>
        new(reader.Index(), reader.Int(), reader.Int(), reader.Int(), reader.Index());
}
