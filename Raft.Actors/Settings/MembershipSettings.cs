namespace Raft.Actors.Settings;

/// <summary>The section <c>raft.membership</c>: how servers are added, and what happens to a voter that lost its disk.</summary>
public sealed record MembershipSettings
{
    /// <summary>
    /// <c>catch-up-timeout</c>: how long a new voter may take to catch up with the log, as a nonvoter. After that
    /// <see cref="Protocol.AddVoter"/> is refused and the server stays a nonvoter. Above zero; 1 minute by default. Too short
    /// for your state: servers never become voters. Longer: a request to add a slow server is answered later.
    /// </summary>
    public TimeSpan CatchUpTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// <c>replace-lost-journals</c>: what happens to a voter that comes back with an empty disk. True (the default): the leader
    /// makes it a nonvoter, fills it up and makes it a voter again. False: the leader logs an error, and an operator does it.
    /// In both cases the server counts for nothing until it is a voter again.
    /// </summary>
    public bool ReplaceLostJournals { get; init; } = true;

    /// <summary>
    /// <c>answer-timeout</c>: how long the leader waits for an answer of a server that is added or gets another address.
    /// Without an answer the change is refused, unless it is forced. Above zero; 5 s by default. Too short: slow links make
    /// changes fail.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        RaftSettings.Positive(CatchUpTimeout, "raft.membership.catch-up-timeout");
        RaftSettings.Positive(AnswerTimeout, "raft.membership.answer-timeout");
    }
}
