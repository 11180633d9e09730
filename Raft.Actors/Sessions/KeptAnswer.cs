using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Sessions;

/// <summary>The answer to a command of a session, as it is kept for its retries.</summary>
/// <param name="Index">The entry by which the command was applied.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Result">What the state machine returned; null if that was too large to be kept, or could not be
/// encoded.</param>
internal sealed record KeptAnswer(long Index, long Term, EncodedPayload? Result)
{
    /// <summary>Whether the command was skipped, and so never applied. No entry is of term 0.</summary>
    public bool IsSkipped => Term == 0;

    public int Size => Result?.Length ?? 0;

    public static KeptAnswer OfSkipped(long index) => new(index, 0, null);

    public void Write(ref WireWriter writer)
    {
        writer.Index(Index);
        writer.Index(Term);
        writer.Bool(Result.HasValue);
        if (Result is { } result)
        {
            writer.Payload(result);
        }
    }

    public static KeptAnswer Read(ref WireReader reader) =>
        new(reader.Index(), reader.Index(), reader.Bool() ? reader.Payload() : null);
}
