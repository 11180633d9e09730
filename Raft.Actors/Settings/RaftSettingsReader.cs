using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Akka.Configuration;
using Raft.Actors.Model;
using Hocon = Akka.Configuration.Hocon;

namespace Raft.Actors.Settings;

/// <summary>Reads <see cref="RaftSettings"/> from HOCON; each error names the setting.</summary>
internal static class RaftSettingsReader
{
    public static RaftSettings Read(Config config)
    {
        var raft = config.WithFallback(RaftSettings.DefaultConfig()).GetConfig("raft");
        var serverId = Text(raft, "server-id");
        if (!IsList(raft.GetValue("types")))
        {
            throw new RaftConfigurationException($"raft.types = '{raft.GetString("types")}': must be a list of type names");
        }

        return new RaftSettings
        {
            Group = Text(raft, "group"),
            ServerId = serverId.Length == 0
                ? throw new RaftConfigurationException("raft.server-id = '': give each server of the group an id of its own")
                : Id(serverId, "raft.server-id"),
            InitialConfiguration = Servers(raft),
            HeartbeatTimeout = Duration(raft, "heartbeat-timeout"),
            ElectionTimeout = Duration(raft, "election-timeout"),
            LeaderLeaseTimeout = Duration(raft, "leader-lease-timeout"),
            CommitTimeout = Duration(raft, "commit-timeout"),
            PreVote = Flag(raft, "pre-vote"),
            ApplyOnFollower = Text(raft, "apply-on-follower") switch
            {
                "redirect" => ApplyOnFollower.Redirect,
                "forward" => ApplyOnFollower.Forward,
                var other => throw new RaftConfigurationException($"raft.apply-on-follower = '{other}': use redirect or forward"),
            },
            ShutdownOnRemove = Flag(raft, "shutdown-on-remove"),
            AcceptRemoteShutdown = Flag(raft, "accept-remote-shutdown"),
            MaxObservers = Number(raft, "max-observers"),
            Membership = new MembershipSettings
            {
                CatchUpTimeout = Duration(raft, "membership.catch-up-timeout"),
                AnswerTimeout = Duration(raft, "membership.answer-timeout"),
                ReplaceLostJournals = Flag(raft, "membership.replace-lost-journals"),
            },
            Discovery = new DiscoverySettings
            {
                Enabled = Flag(raft, "discovery.enabled"),
                Role = Text(raft, "discovery.role"),
                BootstrapExpect = Number(raft, "discovery.bootstrap-expect"),
                JoinAs = Text(raft, "discovery.join-as") switch
                {
                    "voter" => JoinPolicy.Voter,
                    "nonvoter" => JoinPolicy.Nonvoter,
                    "none" => JoinPolicy.None,
                    var other => throw new RaftConfigurationException(
                        $"raft.discovery.join-as = '{other}': use voter, nonvoter or none"),
                },
                Interval = Duration(raft, "discovery.interval"),
                StableFor = Duration(raft, "discovery.stable-for"),
                RemoveAfter = Duration(raft, "discovery.remove-after"),
                MinVoters = Number(raft, "discovery.min-voters"),
            },
            Replication = new ReplicationSettings
            {
                MaxEntriesPerMessage = Number(raft, "replication.max-entries-per-message"),
                MaxBytesPerMessage = (int)Bytes(raft, "replication.max-bytes-per-message", int.MaxValue),
                MaxMessagesInFlight = Number(raft, "replication.max-messages-in-flight"),
                ResponseTimeout = Duration(raft, "replication.response-timeout"),
                MinBackoff = Duration(raft, "replication.min-backoff"),
                MaxBackoff = Duration(raft, "replication.max-backoff"),
            },
            Intake = new IntakeSettings
            {
                MaxCommandsInFlight = Number(raft, "intake.max-commands-in-flight"),
                MaxBytesInFlight = Bytes(raft, "intake.max-bytes-in-flight", long.MaxValue),
                MaxCommandsWaiting = Number(raft, "intake.max-commands-waiting"),
                MaxBytesWaiting = Bytes(raft, "intake.max-bytes-waiting", long.MaxValue),
                EnqueueTimeout = Duration(raft, "intake.enqueue-timeout"),
                MaxCommandBytes = (int)Bytes(raft, "intake.max-command-bytes", int.MaxValue),
                MaxReadsWaiting = Number(raft, "intake.max-reads-waiting"),
            },
            Journal = new JournalSettings
            {
                Plugin = Text(raft, "journal.plugin"),
                MaxEntriesPerEvent = Number(raft, "journal.max-entries-per-event"),
                MaxBytesPerEvent = (int)Bytes(raft, "journal.max-bytes-per-event", int.MaxValue),
                StallTimeout = Duration(raft, "journal.stall-timeout"),
            },
            Reads = new ReadSettings
            {
                Timeout = Duration(raft, "reads.timeout"),
                MaxStaleness = Duration(raft, "reads.max-staleness"),
                Lease = Flag(raft, "reads.lease"),
                MaxClockDrift = Duration(raft, "reads.max-clock-drift"),
            },
            Sessions = new SessionSettings
            {
                Timeout = Duration(raft, "sessions.timeout"),
                MaxSessions = Number(raft, "sessions.max-sessions"),
                MaxAnswers = Number(raft, "sessions.max-answers"),
                MaxAnswerBytes = (int)Bytes(raft, "sessions.max-answer-bytes", int.MaxValue),
                MaxKeptBytes = Bytes(raft, "sessions.max-kept-bytes", long.MaxValue),
            },
            Snapshots = new SnapshotSettings
            {
                Plugin = Text(raft, "snapshots.plugin"),
                Interval = Duration(raft, "snapshots.interval"),
                ThresholdEntries = Number(raft, "snapshots.threshold-entries"),
                ThresholdBytes = Bytes(raft, "snapshots.threshold-bytes", long.MaxValue),
                MaxAge = Duration(raft, "snapshots.max-age"),
                Retain = Number(raft, "snapshots.retain"),
                TrailingEntries = Number(raft, "snapshots.trailing-entries"),
                TrailingBytes = Bytes(raft, "snapshots.trailing-bytes", long.MaxValue),
                ChunkBytes = (int)Bytes(raft, "snapshots.chunk-bytes", int.MaxValue),
                MaxMessagesInFlight = Number(raft, "snapshots.max-messages-in-flight"),
                MaxEventsPerDelete = Number(raft, "snapshots.max-events-per-delete"),
                MaxLogBytes = Bytes(raft, "snapshots.max-log-bytes", long.MaxValue),
                MaxRestoreBytes = Bytes(raft, "snapshots.max-restore-bytes", long.MaxValue),
                RestoreOnStart = Flag(raft, "snapshots.restore-on-start"),
            },
            Watch = new WatchSettings
            {
                MaxBytes = Bytes(raft, "watch.max-bytes", long.MaxValue),
                MaxWaiting = Number(raft, "watch.max-waiting"),
            },
            RestartMinBackoff = Duration(raft, "restart.min-backoff"),
            RestartMaxBackoff = Duration(raft, "restart.max-backoff"),
            Dispatcher = Text(raft, "dispatcher"),
            StateMachineDispatcher = Text(raft, "state-machine.dispatcher"),
            StateMachineMaxBatchSize = Number(raft, "state-machine.max-batch-size"),
        }.Validate();
    }

    /// <summary>Reads <c>raft.servers</c>.</summary>
    /// <param name="raft">The section <c>raft</c>, with its defaults.</param>
    /// <exception cref="RaftConfigurationException">The list is malformed; the message names the place.</exception>
    public static Configuration Servers(Config raft)
    {
        var value = raft.GetValue("servers");
        if (!IsList(value))
        {
            throw new RaftConfigurationException("raft.servers: must be a list of { id, address } objects");
        }

        var servers = ImmutableArray.CreateBuilder<Server>();
        foreach (var item in value.IsArray() ? value.GetArray() : [])
        {
            var place = $"raft.servers[{servers.Count}]";
            if (item.GetObject() is not { } server)
            {
                throw new RaftConfigurationException(
                    $"{place}: must be an object such as {{ id = n1, address = \"akka.tcp://raft@10.0.0.1:4053\" }}");
            }

            servers.Add(new Server(
                Id(Field(server, "id", place), $"{place}.id"),
                Address(Field(server, "address", place), $"{place}.address"),
                Voice(Field(server, "suffrage", place, "voter"), $"{place}.suffrage")));
        }

        try
        {
            return new Configuration(servers.ToImmutable());
        }
        catch (ArgumentException duplicate)
        {
            throw new RaftConfigurationException($"raft.servers: {duplicate.Message}", duplicate);
        }
    }

    // Not HoconValue.IsArray(), which is false for an empty list.
    private static bool IsList([NotNullWhen(true)] Hocon.HoconValue? value) =>
        value is not null && value.Values.TrueForAll(static part => part.IsArray());

    private static string Field(Hocon.HoconObject server, string key, string place, string? fallback = null) =>
        server.GetKey(key)?.GetString() ?? fallback ?? throw new RaftConfigurationException($"{place}: '{key}' is missing");

    private static string Address(string text, string setting) =>
        Akka.Actor.Address.TryParse(text, out var address) && address.Host is not null && address.Port is not null
            ? text
            : throw new RaftConfigurationException(
                $"{setting} = '{text}': must be an address such as akka.tcp://raft@10.0.0.1:4053");

    private static Suffrage Voice(string text, string setting) => text switch
    {
        "voter" => Suffrage.Voter,
        "nonvoter" => Suffrage.Nonvoter,
        _ => throw new RaftConfigurationException($"{setting} = '{text}': use voter or nonvoter"),
    };

    private static ServerId Id(string text, string setting)
    {
        try
        {
            return new ServerId(text);
        }
        catch (ArgumentException invalid)
        {
            throw new RaftConfigurationException($"{setting}: {invalid.Message}", invalid);
        }
    }

    private static string Text(Config raft, string key) =>
        Get(raft, key, static (config, path) => config.GetString(path) ?? string.Empty);

    private static TimeSpan Duration(Config raft, string key) =>
        Get(raft, key, static (config, path) => config.GetTimeSpan(path, allowInfinite: false));

    private static int Number(Config raft, string key) => Get(raft, key, static (config, path) => config.GetInt(path));

    private static bool Flag(Config raft, string key) => Get(raft, key, static (config, path) => config.GetBoolean(path));

    private static long Bytes(Config raft, string key, long limit)
    {
        var bytes = Get(raft, key, static (config, path) => config.GetByteSize(path, 0)) ?? 0;
        RaftSettings.Check(bytes <= limit, "raft." + key, bytes, $"must not be above {limit}");
        return bytes;
    }

    private static T Get<T>(Config raft, string key, Func<Config, string, T> read)
    {
        try
        {
            return read(raft, key);
        }
        catch (Exception error) when (error is not RaftConfigurationException)
        {
            throw new RaftConfigurationException($"raft.{key} = '{raft.GetString(key)}': {error.Message}", error);
        }
    }
}
