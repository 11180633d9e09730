using System.Globalization;
using Akka.Configuration;
using Raft.Actors.Model;

namespace Raft.Actors.Settings;

/// <summary>What a node that is not the leader does with an Apply, an ApplyBarrier or a linearizable Read.</summary>
public enum ApplyOnFollower : byte
{
    /// <summary>Answers <see cref="Protocol.NotLeader"/> with the leader's id and address.</summary>
    Redirect = 0,

    /// <summary>Passes it on to the leader, which answers the sender itself.</summary>
    Forward = 1,
}

/// <summary>The settings of one server of one group. Each is described in reference.conf.</summary>
public sealed record RaftSettings
{
    /// <summary><c>raft.group</c>.</summary>
    public required string Group { get; init; }

    /// <summary><c>raft.server-id</c>.</summary>
    public required ServerId ServerId { get; init; }

    /// <summary><c>raft.servers</c>: the first configuration, for an empty journal.</summary>
    public Configuration InitialConfiguration { get; init; } = Configuration.Empty;

    /// <summary><c>raft.heartbeat-timeout</c>.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>raft.election-timeout</c>.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>raft.leader-lease-timeout</c>.</summary>
    public TimeSpan LeaderLeaseTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary><c>raft.commit-timeout</c>.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary><c>raft.pre-vote</c>.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary><c>raft.apply-on-follower</c>.</summary>
    public ApplyOnFollower ApplyOnFollower { get; init; }

    /// <summary><c>raft.shutdown-on-remove</c>.</summary>
    public bool ShutdownOnRemove { get; init; }

    /// <summary><c>raft.accept-remote-shutdown</c>.</summary>
    public bool AcceptRemoteShutdown { get; init; }

    /// <summary><c>raft.max-observers</c>.</summary>
    public int MaxObservers { get; init; } = 64;

    /// <summary><c>raft.membership</c>.</summary>
    public MembershipSettings Membership { get; init; } = new();

    /// <summary><c>raft.discovery</c>.</summary>
    public DiscoverySettings Discovery { get; init; } = new();

    /// <summary><c>raft.replication</c>.</summary>
    public ReplicationSettings Replication { get; init; } = new();

    /// <summary><c>raft.intake</c>.</summary>
    public IntakeSettings Intake { get; init; } = new();

    /// <summary><c>raft.journal</c>.</summary>
    public JournalSettings Journal { get; init; } = new();

    /// <summary><c>raft.reads</c>.</summary>
    public ReadSettings Reads { get; init; } = new();

    /// <summary><c>raft.sessions</c>.</summary>
    public SessionSettings Sessions { get; init; } = new();

    /// <summary><c>raft.snapshots</c>.</summary>
    public SnapshotSettings Snapshots { get; init; } = new();

    /// <summary><c>raft.watch</c>.</summary>
    public WatchSettings Watch { get; init; } = new();

    /// <summary><c>raft.restart.min-backoff</c>.</summary>
    public TimeSpan RestartMinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary><c>raft.restart.max-backoff</c>.</summary>
    public TimeSpan RestartMaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>raft.dispatcher</c>; empty takes the default dispatcher.</summary>
    public string Dispatcher { get; init; } = string.Empty;

    /// <summary><c>raft.state-machine.dispatcher</c>; empty takes the default dispatcher.</summary>
    public string StateMachineDispatcher { get; init; } = "raft.state-machine-dispatcher";

    /// <summary><c>raft.state-machine.max-batch-size</c>.</summary>
    public int StateMachineMaxBatchSize { get; init; } = 1024;

    /// <summary>How often a leader sends heartbeats: a tenth of the heartbeat timeout, as hashicorp/raft does.</summary>
    public TimeSpan HeartbeatInterval => HeartbeatTimeout / 10;

    /// <summary>
    /// How long a leader may answer reads without asking anyone, from when it sent the heartbeats that a quorum answered: those who answered help nobody else
    /// to be elected for <see cref="HeartbeatTimeout"/>, by clocks that may run faster than the leader's.
    /// </summary>
    public TimeSpan ReadLease => LeaderLeaseTimeout < HeartbeatTimeout - Reads.MaxClockDrift ? LeaderLeaseTimeout : HeartbeatTimeout - Reads.MaxClockDrift;

    /// <summary>The persistence id of the node's journal, <c>raft/{group}/{server}</c>.</summary>
    public string PersistenceId => $"raft/{Group}/{ServerId}";

    /// <summary>The library's reference.conf.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource("Raft.Actors.reference.conf", typeof(RaftSettings).Assembly);

    /// <summary>Reads the section <c>raft</c> of a configuration, with reference.conf behind it, and checks it.</summary>
    /// <exception cref="RaftConfigurationException">A setting is missing, malformed or does not fit the others; the message names it.</exception>
    public static RaftSettings Create(Config config) => RaftSettingsReader.Read(config);

    /// <summary>Checks the settings one by one and against each other.</summary>
    /// <exception cref="RaftConfigurationException">The message names the setting, its value and what to do.</exception>
    public RaftSettings Validate()
    {
        Check(ServerId.IsValid(Group), "raft.group", Group, $"use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");
        Check(!ServerId.IsNone, "raft.server-id", string.Empty, "give each server an id of its own");
        Positive(HeartbeatTimeout, "raft.heartbeat-timeout");
        Positive(ElectionTimeout, "raft.election-timeout");
        Positive(LeaderLeaseTimeout, "raft.leader-lease-timeout");
        Positive(CommitTimeout, "raft.commit-timeout");
        Check(ElectionTimeout <= TimeSpan.FromDays(1), "raft.election-timeout", ElectionTimeout, "must not be above a day");
        Check(
            HeartbeatTimeout >= TimeSpan.FromMilliseconds(10), "raft.heartbeat-timeout", HeartbeatTimeout, "at least 10 ms");
        Check(
            ElectionTimeout >= HeartbeatTimeout, "raft.election-timeout", ElectionTimeout,
            $"must not be below raft.heartbeat-timeout ({Text(HeartbeatTimeout)})");
        Check(
            LeaderLeaseTimeout <= HeartbeatTimeout, "raft.leader-lease-timeout", LeaderLeaseTimeout,
            $"must not be above raft.heartbeat-timeout ({Text(HeartbeatTimeout)})");
        Check(
            LeaderLeaseTimeout >= HeartbeatInterval * 2, "raft.leader-lease-timeout", LeaderLeaseTimeout,
            $"must be at least two heartbeats ({Text(HeartbeatInterval * 2)}), or a healthy leader would step down");
        Positive(MaxObservers, "raft.max-observers");
        Membership.Validate();
        Discovery.Validate();
        Replication.Validate();
        Intake.Validate();
        Journal.Validate();
        Reads.Validate(HeartbeatTimeout);
        Sessions.Validate();
        Snapshots.Validate();
        Watch.Validate();
        Positive(RestartMinBackoff, "raft.restart.min-backoff");
        Check(
            RestartMaxBackoff >= RestartMinBackoff, "raft.restart.max-backoff", RestartMaxBackoff,
            "must not be below raft.restart.min-backoff");
        Positive(StateMachineMaxBatchSize, "raft.state-machine.max-batch-size");
        return this;
    }

    internal static void Positive(TimeSpan value, string setting) => Check(value > TimeSpan.Zero, setting, value, "must be above zero");

    internal static void Positive(long value, string setting) => Check(value > 0, setting, value, "must be above zero");

    internal static void Check(bool holds, string setting, object value, string rule)
    {
        if (!holds)
        {
            var text = value is TimeSpan span ? Text(span) : Convert.ToString(value, CultureInfo.InvariantCulture);
            throw new RaftConfigurationException($"{setting} = '{text}': {rule}");
        }
    }

    private static string Text(TimeSpan span) => $"{span.TotalMilliseconds:0.###} ms";
}

/// <summary><c>raft.membership</c>: how servers are added.</summary>
public sealed record MembershipSettings
{
    /// <summary><c>catch-up-timeout</c>.</summary>
    public TimeSpan CatchUpTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// <c>replace-lost-journals</c>: whether the leader itself makes a voter that lost its disk a nonvoter, fills it up and makes it a voter again. Off: it says so
    /// in its log and leaves it to an operator. In either case such a server counts for nothing meanwhile.
    /// </summary>
    public bool ReplaceLostJournals { get; init; } = true;

    /// <summary><c>answer-timeout</c>: within this time a server that is added, or moves, has to answer the leader.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        RaftSettings.Positive(CatchUpTimeout, "raft.membership.catch-up-timeout");
        RaftSettings.Positive(AnswerTimeout, "raft.membership.answer-timeout");
    }
}

/// <summary><c>raft.replication</c>: how entries are sent to followers.</summary>
public sealed record ReplicationSettings
{
    /// <summary><c>max-entries-per-message</c>.</summary>
    public int MaxEntriesPerMessage { get; init; } = 512;

    /// <summary><c>max-bytes-per-message</c>, in bytes.</summary>
    public int MaxBytesPerMessage { get; init; } = 64 * 1024;

    /// <summary><c>max-messages-in-flight</c>.</summary>
    public int MaxMessagesInFlight { get; init; } = 32;

    /// <summary><c>response-timeout</c>.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>min-backoff</c>.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary><c>max-backoff</c>.</summary>
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
            MaxBackoff >= MinBackoff, "raft.replication.max-backoff", MaxBackoff, "must not be below raft.replication.min-backoff");
    }
}

/// <summary><c>raft.intake</c>: what a leader takes in.</summary>
public sealed record IntakeSettings
{
    /// <summary><c>max-commands-in-flight</c>.</summary>
    public int MaxCommandsInFlight { get; init; } = 16384;

    /// <summary><c>max-bytes-in-flight</c>, in bytes.</summary>
    public long MaxBytesInFlight { get; init; } = 64L * 1024 * 1024;

    /// <summary><c>max-commands-waiting</c>.</summary>
    public int MaxCommandsWaiting { get; init; } = 4096;

    /// <summary><c>max-bytes-waiting</c>, in bytes.</summary>
    public long MaxBytesWaiting { get; init; } = 64L * 1024 * 1024;

    /// <summary><c>enqueue-timeout</c>; zero: do not wait.</summary>
    public TimeSpan EnqueueTimeout { get; init; } = TimeSpan.Zero;

    /// <summary><c>max-command-bytes</c>, in bytes.</summary>
    public int MaxCommandBytes { get; init; } = 96 * 1024;

    /// <summary><c>max-reads-waiting</c>.</summary>
    public int MaxReadsWaiting { get; init; } = 65536;

    internal void Validate()
    {
        RaftSettings.Positive(MaxCommandsInFlight, "raft.intake.max-commands-in-flight");
        RaftSettings.Positive(MaxCommandBytes, "raft.intake.max-command-bytes");
        RaftSettings.Check(
            MaxBytesInFlight >= MaxCommandBytes, "raft.intake.max-bytes-in-flight", MaxBytesInFlight,
            $"must hold at least one command of raft.intake.max-command-bytes ({MaxCommandBytes})");
        RaftSettings.Check(MaxCommandsWaiting >= 0, "raft.intake.max-commands-waiting", MaxCommandsWaiting, "must not be negative");
        RaftSettings.Check(
            MaxBytesWaiting >= MaxCommandBytes, "raft.intake.max-bytes-waiting", MaxBytesWaiting,
            $"must hold at least one command of raft.intake.max-command-bytes ({MaxCommandBytes})");
        RaftSettings.Check(EnqueueTimeout >= TimeSpan.Zero, "raft.intake.enqueue-timeout", EnqueueTimeout, "must not be negative");
        RaftSettings.Positive(MaxReadsWaiting, "raft.intake.max-reads-waiting");
    }
}

/// <summary><c>raft.journal</c>: how the log is persisted.</summary>
public sealed record JournalSettings
{
    /// <summary><c>plugin</c>; empty takes the group's own of <see cref="Storage.RaftStorage"/>, or else the actor system's.</summary>
    public string Plugin { get; init; } = string.Empty;

    /// <summary><c>max-entries-per-event</c>.</summary>
    public int MaxEntriesPerEvent { get; init; } = 512;

    /// <summary><c>max-bytes-per-event</c>, in bytes.</summary>
    public int MaxBytesPerEvent { get; init; } = 128 * 1024;

    /// <summary><c>stall-timeout</c>.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    internal void Validate()
    {
        RaftSettings.Positive(MaxEntriesPerEvent, "raft.journal.max-entries-per-event");
        RaftSettings.Positive(MaxBytesPerEvent, "raft.journal.max-bytes-per-event");
        RaftSettings.Positive(StallTimeout, "raft.journal.stall-timeout");
    }
}

/// <summary>A setting is missing, malformed or does not fit the others. The message names it, its value and what to do.</summary>
public sealed class RaftConfigurationException : Exception
{
    /// <summary>Makes one with its message.</summary>
    public RaftConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its message and cause.</summary>
    public RaftConfigurationException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
