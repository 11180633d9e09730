namespace Raft.Actors.Settings;

/// <summary><c>raft.sessions</c>: what client sessions may hold. Those of the leader that registers a session count, on every replica.</summary>
public sealed record SessionSettings
{
    /// <summary><c>timeout</c>; at least a second.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary><c>max-sessions</c>.</summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary><c>max-answers</c>.</summary>
    public int MaxAnswers { get; init; } = 256;

    /// <summary><c>max-answer-bytes</c>, in bytes.</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024;

    /// <summary><c>max-kept-bytes</c>, in bytes.</summary>
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
