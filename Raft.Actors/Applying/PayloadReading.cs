using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Applying;

/// <summary>What the state machine and its clients are given of payloads: bytes as they are, objects decoded.</summary>
/// <param name="codec">Decodes them.</param>
internal sealed class PayloadReading(PayloadCodec codec)
{
    /// <summary>The command that an entry of the log holds.</summary>
    /// <param name="entry">The entry, of kind <see cref="EntryKind.Command"/>.</param>
    /// <param name="version">The group's version of the state machine at that entry.</param>
    /// <exception cref="PayloadException">It cannot be read here.</exception>
    public Command CommandOf(LogEntry entry, int version)
    {
        var isBytes = entry.Data.Format == PayloadFormat.Bytes;
        return new Command(
            entry.Index,
            entry.Term,
            isBytes ? entry.Data.Bytes : ReadOnlyMemory<byte>.Empty,
            isBytes ? null : codec.Decode(entry.Data),
            entry.Extensions,
            entry.Timestamp)
        {
            Version = version,
        };
    }

    /// <summary>A query as the state machine is asked it.</summary>
    /// <param name="query">The query as it came: encoded, bytes, or an object of this process.</param>
    /// <exception cref="PayloadException">It cannot be read here.</exception>
    public object QueryOf(object query) => query switch
    {
        EncodedPayload encoded => codec.Decode(encoded) ?? throw new PayloadException("a query may not be null"),
        byte[] bytes => new ReadOnlyMemory<byte>(bytes),
        _ => query,
    };

    /// <summary>
    /// An answer as its client is told it. One that a session has kept is decoded when somebody wants it, and only then.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <param name="entry">The entry that it answers.</param>
    /// <returns>The answer; <see cref="AnswerNotKept"/> if what was kept cannot be read here.</returns>
    public IRaftReply Readable(IRaftReply answer, LogEntry entry)
    {
        try
        {
            return answer is Applied { Result: EncodedPayload kept } applied
                ? applied with { Result = codec.Decode(kept) }
                : answer;
        }
        catch (PayloadException)
        {
            return new AnswerNotKept(entry.Session!.SessionId, entry.Session.Sequence, Outcome.Done);
        }
    }
}
