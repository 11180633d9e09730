using Raft.Actors.Settings;

namespace Raft.Actors.Protocol;

/// <summary>
/// Changes settings of this server while it runs (hashicorp/raft's <c>ReloadConfig</c>); null leaves a setting as it is. The
/// settings are checked together with those that stay, and all are taken or all are refused. Any node answers at once, for
/// itself alone: <see cref="SettingsReloaded"/>, or <see cref="SettingsRefused"/> with the reason. They last until the process
/// ends. To keep them, change its configuration.
/// </summary>
public sealed record ReloadSettings : IRaftRequest
{
    /// <summary>
    /// As <see cref="RaftSettings.HeartbeatTimeout"/>. A leader's heartbeats, and a follower's patience, follow at once.
    /// </summary>
    public TimeSpan? HeartbeatTimeout { get; init; }

    /// <summary>As <see cref="RaftSettings.ElectionTimeout"/>.</summary>
    public TimeSpan? ElectionTimeout { get; init; }

    /// <summary>As <see cref="RaftSettings.LeaderLeaseTimeout"/>.</summary>
    public TimeSpan? LeaderLeaseTimeout { get; init; }

    /// <summary>As <see cref="SnapshotSettings.Interval"/>.</summary>
    public TimeSpan? SnapshotInterval { get; init; }

    /// <summary>As <see cref="SnapshotSettings.ThresholdEntries"/>.</summary>
    public long? SnapshotThresholdEntries { get; init; }

    /// <summary>As <see cref="SnapshotSettings.ThresholdBytes"/>, in bytes.</summary>
    public long? SnapshotThresholdBytes { get; init; }

    /// <summary>As <see cref="SnapshotSettings.TrailingEntries"/>. What was compacted does not come back.</summary>
    public long? TrailingEntries { get; init; }

    /// <summary>As <see cref="SnapshotSettings.TrailingBytes"/>, in bytes.</summary>
    public long? TrailingBytes { get; init; }

    /// <summary>The settings of a server that can be changed at run time, all of them.</summary>
    internal static ReloadSettings Of(RaftSettings settings) => new()
    {
        HeartbeatTimeout = settings.HeartbeatTimeout,
        ElectionTimeout = settings.ElectionTimeout,
        LeaderLeaseTimeout = settings.LeaderLeaseTimeout,
        SnapshotInterval = settings.Snapshots.Interval,
        SnapshotThresholdEntries = settings.Snapshots.ThresholdEntries,
        SnapshotThresholdBytes = settings.Snapshots.ThresholdBytes,
        TrailingEntries = settings.Snapshots.TrailingEntries,
        TrailingBytes = settings.Snapshots.TrailingBytes,
    };

    /// <summary>A server's settings with these changes.</summary>
    /// <exception cref="RaftConfigurationException">They do not fit together; the message names the setting.</exception>
    internal RaftSettings ApplyTo(RaftSettings settings)
    {
        // Another server's lease may rest on what this one has promised by answering, and this one's lease on the promises of
        // others.
        RaftSettings.Check(
            !settings.Reads.Lease || (HeartbeatTimeout ?? settings.HeartbeatTimeout) == settings.HeartbeatTimeout,
            "raft.heartbeat-timeout", HeartbeatTimeout ?? settings.HeartbeatTimeout,
            "cannot be changed while raft.reads.lease is on; stop the whole group for it");
        return Merge(settings).Validate();
    }

    private RaftSettings Merge(RaftSettings settings) => settings with
    {
        HeartbeatTimeout = HeartbeatTimeout ?? settings.HeartbeatTimeout,
        ElectionTimeout = ElectionTimeout ?? settings.ElectionTimeout,
        LeaderLeaseTimeout = LeaderLeaseTimeout ?? settings.LeaderLeaseTimeout,
        Snapshots = settings.Snapshots with
        {
            Interval = SnapshotInterval ?? settings.Snapshots.Interval,
            ThresholdEntries = SnapshotThresholdEntries ?? settings.Snapshots.ThresholdEntries,
            ThresholdBytes = SnapshotThresholdBytes ?? settings.Snapshots.ThresholdBytes,
            TrailingEntries = TrailingEntries ?? settings.Snapshots.TrailingEntries,
            TrailingBytes = TrailingBytes ?? settings.Snapshots.TrailingBytes,
        },
    };
}

/// <summary>The settings are in force at this server: done.</summary>
/// <param name="InForce">All settings that can be changed at run time, as they are now.</param>
public sealed record SettingsReloaded(ReloadSettings InForce) : IRaftReply;

/// <summary>The settings do not fit together, and none was changed.</summary>
/// <param name="Reason">Which one, and why.</param>
public sealed record SettingsRefused(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message => $"the settings stay as they are: {Reason}";
}
