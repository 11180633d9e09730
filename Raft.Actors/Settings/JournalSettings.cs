namespace Raft.Actors.Settings;

/// <summary>The section <c>raft.journal</c>: how the log is written to disk.</summary>
public sealed record JournalSettings
{
    /// <summary>
    /// <c>plugin</c>: the configuration path of an Akka.Persistence journal plugin. Empty, the default: the group's own, if
    /// <see cref="Storage.RaftStorage"/> has set one up, otherwise <c>akka.persistence.journal.plugin</c>. Akka's journal in
    /// memory is refused unless it is named here: it forgets votes and entries when the process ends.
    /// </summary>
    public string Plugin { get; init; } = string.Empty;

    /// <summary>
    /// <c>max-entries-per-event</c>: the number of entries in one journal event. Above zero; 512 by default. Fewer make more
    /// writes under load.
    /// </summary>
    public int MaxEntriesPerEvent { get; init; } = 512;

    /// <summary>
    /// <c>max-bytes-per-event</c>, in bytes: where one journal event stops. A larger entry makes an event alone. Above zero;
    /// 128 KiB by default.
    /// </summary>
    public int MaxBytesPerEvent { get; init; } = 128 * 1024;

    /// <summary>
    /// <c>stall-timeout</c>: a leader whose oldest write has been under way for this long steps down, and a server in this
    /// state does not campaign. Above zero; 3 s by default. Too short: a slow disk costs elections. Too long: a disk that hangs
    /// stops the group for that time.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    internal void Validate()
    {
        RaftSettings.Positive(MaxEntriesPerEvent, "raft.journal.max-entries-per-event");
        RaftSettings.Positive(MaxBytesPerEvent, "raft.journal.max-bytes-per-event");
        RaftSettings.Positive(StallTimeout, "raft.journal.stall-timeout");
    }
}
