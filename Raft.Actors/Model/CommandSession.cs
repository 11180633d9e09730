namespace Raft.Actors.Model;

/// <summary>
/// Names a command of a client session, so that it is applied once however often it is sent (dissertation 6.3). The same
/// command must carry the same session and sequence in each of its copies, to whichever server.
/// </summary>
/// <param name="SessionId">The session, from <see cref="Protocol.SessionRegistered"/>; above zero.</param>
/// <param name="Sequence">The command's number in its session, from 1 on; numbers may be left out and come in any order.</param>
/// <param name="LowestUnanswered">
/// The lowest number whose answer the client still waits for, from 1 to <paramref name="Sequence"/>. The answers below it are
/// forgotten, and a command below it is never applied any more.
/// </param>
public sealed record CommandSession(long SessionId, long Sequence, long LowestUnanswered)
{
    /// <summary>What is wrong with the numbers; null if nothing is.</summary>
    internal string? Flaw =>
        SessionId <= 0 ? $"{SessionId} is no session's id"
        : Sequence <= 0 ? $"the sequence {Sequence} is not above zero"
        : LowestUnanswered <= 0 || LowestUnanswered > Sequence
            ? $"the lowest unanswered sequence {LowestUnanswered} is not between 1 and {Sequence}"
        : null;
}
