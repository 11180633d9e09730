namespace Raft.Actors.Settings;

/// <summary>The section <c>raft.replication</c>: how a leader sends entries to its followers.</summary>
public sealed record ReplicationSettings
{
    /// <summary>
    /// <c>max-entries-per-message</c>: the number of entries in one AppendEntries. Above zero; 512 by default. Fewer cost
    /// throughput; more make one message hold up the next.
    /// </summary>
    public int MaxEntriesPerMessage { get; init; } = 512;

    /// <summary>
    /// <c>max-bytes-per-message</c>, in bytes: where one AppendEntries stops. A larger entry travels alone. Pieces of snapshots
    /// have this size too. Above zero; 64 KiB by default. Akka.Remote's maximum-frame-size must be 4 KiB larger.
    /// </summary>
    public int MaxBytesPerMessage { get; init; } = 64 * 1024;

    /// <summary>
    /// <c>max-messages-in-flight</c>: how many AppendEntries may be under way to one follower before it answers. Above zero;
    /// 32 by default. Fewer cost throughput on links with a long round trip; more cost memory.
    /// </summary>
    public int MaxMessagesInFlight { get; init; } = 32;

    /// <summary>
    /// <c>response-timeout</c>: after this time without an answer the messages under way count as lost, and the follower is
    /// probed again. A follower without new entries is sent the commit index as often. Above zero; 1 s by default. Shorter than
    /// a round trip with a disk write: entries are sent again and again. Longer: a lost message is noticed later. A follower
    /// gives up an unfinished snapshot after ten times this.
    /// </summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <c>min-backoff</c>: the first pause between two probes of a silent follower; each next one is longer. Above zero; 50 ms
    /// by default.
    /// </summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// <c>max-backoff</c>: the longest such pause. At least <see cref="MinBackoff"/>; 1 s by default. Longer: less traffic to
    /// servers that are down.
    /// </summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A follower that hears nothing of a snapshot in transfer for longer than this gives up what it has of it.
    /// </summary>
    internal TimeSpan TransferSilence => 10 * ResponseTimeout;

    internal void Validate()
    {
        RaftSettings.Positive(MaxEntriesPerMessage, "raft.replication.max-entries-per-message");
        RaftSettings.Positive(MaxBytesPerMessage, "raft.replication.max-bytes-per-message");
        RaftSettings.Positive(MaxMessagesInFlight, "raft.replication.max-messages-in-flight");
        RaftSettings.Positive(ResponseTimeout, "raft.replication.response-timeout");
        RaftSettings.Positive(MinBackoff, "raft.replication.min-backoff");
        RaftSettings.Check(
            MaxBackoff >= MinBackoff, "raft.replication.max-backoff", MaxBackoff,
            "must not be below raft.replication.min-backoff");
    }
}
