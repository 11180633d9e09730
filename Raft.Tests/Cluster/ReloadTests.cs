using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Settings that change while nodes run (hashicorp/raft's ReloadConfig tests).</summary>
public sealed class ReloadTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly TimeSpan Forever = TimeSpan.FromHours(1);

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Snapshots = new SnapshotSettings { Plugin = $"test-snapshots.n{number}", Interval = Forever },
    };

    /// <summary>TestRaft_ReloadConfig.</summary>
    [Fact]
    public async Task Thresholds_of_snapshots_count_at_once_and_outlive_the_node()
    {
        StartCluster(1);
        var server = await Leader();
        for (var i = 0; i < 5; i++)
        {
            await Apply(server, $"a{i}");
        }

        Assert.Equal(0, (await StatusOf(server)).Snapshot.Index);
        var reloaded = await Ask<SettingsReloaded>(
            server, new ReloadSettings { SnapshotInterval = TimeSpan.FromMilliseconds(100), SnapshotThresholdEntries = 3, TrailingEntries = 1 });
        Assert.Equal(
            (TimeSpan.FromMilliseconds(100), 3L, 1L, server.Settings.HeartbeatTimeout),
            (reloaded.InForce.SnapshotInterval!.Value, reloaded.InForce.SnapshotThresholdEntries!.Value, reloaded.InForce.TrailingEntries!.Value, reloaded.InForce.HeartbeatTimeout!.Value));
        await Eventually(async () =>
        {
            var status = await StatusOf(server);
            Assert.True(status.Snapshot.Index >= 5, status.ToString());
            Assert.Equal(status.Snapshot.Index, status.FirstLogIndex);
        });

        // The node's next life has them too.
        server.Journal.Break(JournalFault.Fail);
        Assert.IsType<StorageFailed>(await Ask<object>(server, new Apply(Bytes("lost"))));
        server.Journal.Heal();
        await Leader();
        Assert.Equal(reloaded.InForce, (await Ask<SettingsReloaded>(server, new ReloadSettings())).InForce);
        var before = (await StatusOf(server)).Snapshot.Index;
        for (var i = 0; i < 5; i++)
        {
            await Apply(server, $"b{i}");
        }

        await Eventually(async () => Assert.True((await StatusOf(server)).Snapshot.Index > before));
    }

    /// <summary>TestRaft_ReloadConfigValidates.</summary>
    [Fact]
    public async Task An_invalid_reload_is_refused_as_a_whole_with_the_reason()
    {
        StartCluster(1);
        var server = await Leader();
        var before = (await Ask<SettingsReloaded>(server, new ReloadSettings())).InForce;
        foreach (var (wrong, setting) in new (ReloadSettings Settings, string Named)[]
        {
            (new() { ElectionTimeout = TimeSpan.FromMilliseconds(1), TrailingEntries = 7 }, "raft.election-timeout"),
            (new() { HeartbeatTimeout = TimeSpan.FromMilliseconds(9), LeaderLeaseTimeout = TimeSpan.FromMilliseconds(9) }, "raft.heartbeat-timeout"),
            (new() { LeaderLeaseTimeout = TimeSpan.FromSeconds(60), SnapshotThresholdEntries = 7 }, "raft.leader-lease-timeout"),
            (new() { HeartbeatTimeout = TimeSpan.FromDays(2), ElectionTimeout = TimeSpan.MaxValue }, "raft.election-timeout"),
            (new() { SnapshotInterval = TimeSpan.Zero }, "raft.snapshots.interval"),
            (new() { SnapshotInterval = TimeSpan.MaxValue }, "raft.snapshots.interval"),
            (new() { SnapshotThresholdEntries = 0, TrailingEntries = 7 }, "raft.snapshots.threshold-entries"),
            (new() { SnapshotThresholdBytes = -1 }, "raft.snapshots.threshold-bytes"),
            (new() { TrailingEntries = -1 }, "raft.snapshots.trailing-entries"),
            (new() { TrailingBytes = long.MinValue }, "raft.snapshots.trailing-bytes"),
        })
        {
            var refused = Assert.IsType<SettingsRefused>(await Ask<object>(server, wrong));
            Assert.Contains(setting, refused.Reason, StringComparison.Ordinal);
            Assert.Equal(Outcome.NotDone, refused.Outcome);
        }

        Assert.Equal(before, (await Ask<SettingsReloaded>(server, new ReloadSettings())).InForce);
        await Apply(server, "a");
    }

    /// <summary>TestRaft_runFollower_ReloadTimeoutConfigs.</summary>
    [Fact]
    public async Task A_follower_that_would_wait_for_hours_campaigns_when_its_timeouts_are_shortened()
    {
        var settings = Timeouts(SettingsOf(1, 1), Forever);
        StartServer(settings with { InitialConfiguration = ConfigurationOf(2) });
        StartServer(Timeouts(SettingsOf(2, 2), Forever));
        await Eventually(async () => Assert.All(await Task.WhenAll(Servers.Select(StatusOf)), static status => Assert.Equal(1, status.Term)));

        // The server that is not asked keeps its hour and votes.
        await Ask<SettingsReloaded>(this[1], Short());
        await Eventually(async () => Assert.Equal(RaftRole.Leader, (await StatusOf(this[1])).Role));
        Assert.Equal(RaftRole.Follower, (await StatusOf(this[2])).Role);
        await Apply(this[1], "a");
    }

    [Fact]
    public async Task A_leader_that_is_given_other_timeouts_sends_at_the_new_pace_and_stays_leader()
    {
        StartCluster(3);
        var leader = await Leader();
        var term = (await StatusOf(leader)).Term;
        foreach (var server in Servers)
        {
            await Ask<SettingsReloaded>(server, new ReloadSettings { HeartbeatTimeout = TimeSpan.FromSeconds(2), ElectionTimeout = TimeSpan.FromSeconds(2) });
        }

        // The leader alone goes back: its heartbeats come more often than the followers need.
        await Apply(leader, "a");
        await Ask<SettingsReloaded>(leader, Short());
        Network.Records = static message => message is Heartbeat;
        await Eventually(() =>
        {
            Assert.True(Network.Delivered.Count >= 20);
            return Task.CompletedTask;
        });
        Assert.Equal((RaftRole.Leader, term), ((await StatusOf(leader)).Role, (await StatusOf(leader)).Term));
        await Settled();
    }

    private ReloadSettings Short() => new()
    {
        HeartbeatTimeout = TimeSpan.FromMilliseconds(700),
        ElectionTimeout = TimeSpan.FromMilliseconds(700),
        LeaderLeaseTimeout = TimeSpan.FromMilliseconds(700),
    };

    private static RaftSettings Timeouts(RaftSettings settings, TimeSpan timeout) =>
        settings with { HeartbeatTimeout = timeout, ElectionTimeout = timeout, LeaderLeaseTimeout = timeout };
}
