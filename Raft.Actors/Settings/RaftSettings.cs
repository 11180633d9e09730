using System.Globalization;
using Akka.Configuration;
using Raft.Actors.Model;

namespace Raft.Actors.Settings;

/// <summary>What a server that does not lead does with a request that only the leader can answer.</summary>
public enum ApplyOnFollower : byte
{
    /// <summary>It answers <see cref="Protocol.NotLeader"/> with the leader's id and address.</summary>
    Redirect = 0,

    /// <summary>It passes the request on to the leader, which answers the sender itself.</summary>
    Forward = 1,
}

/// <summary>The settings of one server of one group. The library's reference.conf has the same settings as HOCON.</summary>
public sealed record RaftSettings
{
    /// <summary>
    /// <c>raft.group</c>: the group's name. 1 to 64 characters out of A-Z a-z 0-9 . _ - ; <c>default</c> by default. It is the
    /// same on every server and in every client. Actor paths, persistence ids and messages carry it, so it can never change.
    /// </summary>
    public required string Group { get; init; }

    /// <summary>
    /// <c>raft.server-id</c>: this server's identity in the group. The same characters as <see cref="Group"/>. Each server needs
    /// its own, and keeps it forever, whatever address it has.
    /// </summary>
    public required ServerId ServerId { get; init; }

    /// <summary>
    /// <c>raft.servers</c>: the group's first configuration, the same on every server. Empty, the default: the server waits
    /// until it is added. It is read only while the journal holds no configuration. The group begins when all voters of this
    /// list are up and empty. A list that names this server alone begins at once, and such a server refuses company.
    /// </summary>
    public Configuration InitialConfiguration { get; init; } = Configuration.Empty;

    /// <summary>
    /// <c>raft.heartbeat-timeout</c>: a follower that hears no leader for this long (up to twice as long, at random) begins an
    /// election. At least 10 ms; 1 s by default. A leader sends heartbeats ten times as often. Too short: pauses of the
    /// process or the network cost elections. Too long: a group whose leader died waits longer.
    /// </summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <c>raft.election-timeout</c>: an election without a winner is given up after this long (up to twice as long, at random).
    /// From <see cref="HeartbeatTimeout"/> to one day; 1 s by default. Too short for a round trip and a disk write: no election
    /// succeeds.
    /// </summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// <c>raft.leader-lease-timeout</c>: a leader that has not heard a quorum for this long steps down. From two heartbeats (a
    /// fifth of <see cref="HeartbeatTimeout"/>) to <see cref="HeartbeatTimeout"/>; 500 ms by default. Too short: late answers
    /// cost the leadership. Longer: a leader that is cut off notices it later.
    /// </summary>
    public TimeSpan LeaderLeaseTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// <c>raft.commit-timeout</c>: a follower without new entries learns a new commit index within this time. Above zero; 50 ms
    /// by default. Longer: followers apply later. Shorter: more messages.
    /// </summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// <c>raft.pre-vote</c>: whether a server asks if it could win before it begins an election (dissertation 9.6). True by
    /// default. Without it, a server that was cut off deposes a healthy leader when it comes back.
    /// </summary>
    public bool PreVote { get; init; } = true;

    /// <summary>
    /// <c>raft.apply-on-follower</c>: whether a server that does not lead redirects a request (the default) or forwards it to
    /// the leader. Forwarding saves the client a search; it costs a message, and the outcome is unknown if the leader fails.
    /// </summary>
    public ApplyOnFollower ApplyOnFollower { get; init; }

    /// <summary>
    /// <c>raft.shutdown-on-remove</c>: whether a server that was removed from the group shuts its node down. False by default:
    /// it stays as a follower that disturbs nobody, and can be added again.
    /// </summary>
    public bool ShutdownOnRemove { get; init; }

    /// <summary>
    /// <c>raft.accept-remote-shutdown</c>: whether other processes may shut this server's node down. False by default. True:
    /// anybody who reaches the port can, and the node stays down until the process starts again.
    /// </summary>
    public bool AcceptRemoteShutdown { get; init; }

    /// <summary>
    /// <c>raft.max-observers</c>: how many actors of this process may observe this server. Above zero; 64 by default. More are
    /// refused.
    /// </summary>
    public int MaxObservers { get; init; } = 64;

    /// <summary>The section <c>raft.membership</c>.</summary>
    public MembershipSettings Membership { get; init; } = new();

    /// <summary>The section <c>raft.discovery</c>.</summary>
    public DiscoverySettings Discovery { get; init; } = new();

    /// <summary>The section <c>raft.replication</c>.</summary>
    public ReplicationSettings Replication { get; init; } = new();

    /// <summary>The section <c>raft.intake</c>.</summary>
    public IntakeSettings Intake { get; init; } = new();

    /// <summary>The section <c>raft.journal</c>.</summary>
    public JournalSettings Journal { get; init; } = new();

    /// <summary>The section <c>raft.reads</c>.</summary>
    public ReadSettings Reads { get; init; } = new();

    /// <summary>The section <c>raft.sessions</c>.</summary>
    public SessionSettings Sessions { get; init; } = new();

    /// <summary>The section <c>raft.snapshots</c>.</summary>
    public SnapshotSettings Snapshots { get; init; } = new();

    /// <summary>The section <c>raft.watch</c>.</summary>
    public WatchSettings Watch { get; init; } = new();

    /// <summary>
    /// <c>raft.restart.min-backoff</c>: the pause before a node starts again after its journal or state machine failed. It
    /// doubles with each failure that follows. Above zero; 200 ms by default.
    /// </summary>
    public TimeSpan RestartMinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// <c>raft.restart.max-backoff</c>: the longest such pause. At least <see cref="RestartMinBackoff"/>; 10 s by default.
    /// Longer: a server comes back later after a long failure of its disk.
    /// </summary>
    public TimeSpan RestartMaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <c>raft.dispatcher</c>: the dispatcher of the node, its replicators and its heartbeats. Empty, the default: the actor
    /// system's default dispatcher, which is the fastest. Use <c>raft.node-dispatcher</c> if something may block the threads of
    /// .NET's pool: that would delay heartbeats and cost elections.
    /// </summary>
    public string Dispatcher { get; init; } = string.Empty;

    /// <summary>
    /// <c>raft.state-machine.dispatcher</c>: the dispatcher of the state machine; by default one with threads of its own.
    /// Empty: the actor system's default dispatcher; then a command that blocks takes a thread from the node.
    /// </summary>
    public string StateMachineDispatcher { get; init; } = "raft.state-machine-dispatcher";

    /// <summary>
    /// <c>raft.state-machine.max-batch-size</c>: how many entries the state machine applies before it handles its next message.
    /// Above zero; 1024 by default. More delay queries; fewer cost throughput.
    /// </summary>
    public int StateMachineMaxBatchSize { get; init; } = 1024;

    /// <summary>How often a leader sends heartbeats: a tenth of the heartbeat timeout, as hashicorp/raft does.</summary>
    public TimeSpan HeartbeatInterval => HeartbeatTimeout / 10;

    /// <summary>
    /// How long a leader may answer reads without asking its group, from when it sent the heartbeats that a quorum answered.
    /// The servers that answered help nobody else to be elected for <see cref="HeartbeatTimeout"/>, by clocks that may run
    /// faster than the leader's.
    /// </summary>
    public TimeSpan ReadLease => LeaderLeaseTimeout < HeartbeatTimeout - Reads.MaxClockDrift
        ? LeaderLeaseTimeout
        : HeartbeatTimeout - Reads.MaxClockDrift;

    /// <summary>The persistence id of the node's journal, <c>raft/{group}/{server}</c>.</summary>
    public string PersistenceId => $"raft/{Group}/{ServerId}";

    /// <summary>The library's reference.conf.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource("Raft.Actors.reference.conf", typeof(RaftSettings).Assembly);

    /// <summary>Reads the section <c>raft</c> of a configuration, with reference.conf as its fallback, and checks it.</summary>
    /// <exception cref="RaftConfigurationException">
    /// A setting is missing, malformed or does not fit the others. The message names it.
    /// </exception>
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
        Check(ElectionTimeout <= TimeSpan.FromDays(1), "raft.election-timeout", ElectionTimeout, "must be at most one day");
        Check(
            HeartbeatTimeout >= TimeSpan.FromMilliseconds(10), "raft.heartbeat-timeout", HeartbeatTimeout,
            "must be at least 10 ms");
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

    internal static void Positive(TimeSpan value, string setting) =>
        Check(value > TimeSpan.Zero, setting, value, "must be above zero");

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
