namespace Raft.Actors.Settings;

/// <summary>
/// The section <c>raft.sessions</c>: what client sessions may hold. The settings of the leader that registers a session travel
/// with its entry, so all replicas decide by the same numbers.
/// </summary>
public sealed record SessionSettings
{
    /// <summary>
    /// <c>timeout</c>: a session that is not used for this long expires, by the log's time. At least 1 s; 10 minutes by default.
    /// Too short: a client that pauses loses its session, and cannot learn whether its last command was applied.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// <c>max-sessions</c>: how many sessions there may be. Above zero; 10,000 by default. More are answered
    /// <see cref="Protocol.SessionLimitReached"/> until some end.
    /// </summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>
    /// <c>max-answers</c>: how many answers of one session are kept, and so how many of its commands may be under way. Above
    /// zero; 256 by default.
    /// </summary>
    public int MaxAnswers { get; init; } = 256;

    /// <summary>
    /// <c>max-answer-bytes</c>, in bytes: a larger answer is given once, and its retries learn only that the command was
    /// applied. Above zero; 64 KiB by default.
    /// </summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// <c>max-kept-bytes</c>, in bytes: the answers of all sessions together. At least <see cref="MaxAnswerBytes"/>; 64 MiB by
    /// default. Commands beyond it are refused. Every server holds this much memory, and every snapshot contains it.
    /// </summary>
    public long MaxKeptBytes { get; init; } = 64L * 1024 * 1024;

    internal void Validate()
    {
        RaftSettings.Check(Timeout >= TimeSpan.FromSeconds(1), "raft.sessions.timeout", Timeout, "must be at least 1 s");
        RaftSettings.Positive(MaxSessions, "raft.sessions.max-sessions");
        RaftSettings.Positive(MaxAnswers, "raft.sessions.max-answers");
        RaftSettings.Positive(MaxAnswerBytes, "raft.sessions.max-answer-bytes");
        RaftSettings.Check(
            MaxKeptBytes >= MaxAnswerBytes, "raft.sessions.max-kept-bytes", MaxKeptBytes,
            $"must hold at least one answer of raft.sessions.max-answer-bytes ({MaxAnswerBytes})");
    }
}
