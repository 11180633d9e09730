using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Snapshots of a running group: taken, kept, restored at the start, sent to followers (the counterparts of hashicorp/raft's tests stand in docs/testing.md).</summary>
public sealed class SnapshotTests(ITestOutputHelper output) : ClusterTest(output)
{
    private SnapshotSettings _snapshots = new() { TrailingEntries = 3, ChunkBytes = 64 };

    protected override RaftSettings SettingsOf(int number, int size)
    {
        var settings = base.SettingsOf(number, size);
        return settings with
        {
            Snapshots = _snapshots with { Plugin = $"test-snapshots.n{number}" },
            Replication = settings.Replication with { MaxBytesPerMessage = 40 },
        };
    }

    [Fact]
    public async Task A_snapshot_is_taken_on_request_and_says_what_it_holds()
    {
        StartCluster(1);
        await ApplyMany(await Leader(), 10);

        var taken = await TakeSnapshot(this[1]);

        var status = await StatusOf(this[1]);
        Assert.Equal((status.LastApplied, status.Term, new SnapshotStatus(taken.Index, taken.Term, taken.Size)), (taken.Index, taken.Term, status.Snapshot));
        Assert.InRange(taken.Size, 50, 2000);
        Assert.Equal(taken.Index - 3 + 1, (await StatusOf(this[1])).FirstLogIndex);
    }

    [Fact]
    public async Task Without_anything_new_there_is_no_second_snapshot()
    {
        StartCluster(1);
        await ApplyMany(await Leader(), 3);
        await TakeSnapshot(this[1]);

        var refused = await Ask<object>(this[1], new TakeSnapshot());

        Assert.Equal("no snapshot was taken: nothing is new since the last one", Assert.IsType<SnapshotNotTaken>(refused).Message);
    }

    [Fact]
    public async Task Snapshots_are_taken_by_themselves_when_entries_or_bytes_are_enough()
    {
        _snapshots = _snapshots with { ThresholdEntries = 20, Interval = TimeSpan.FromMilliseconds(50) };
        StartCluster(1);
        await ApplyMany(await Leader(), 50);
        await Eventually(async () => Assert.InRange((await StatusOf(this[1])).Snapshot.Index, 20, 60));

        await StopAsync(this[1]);
        _snapshots = _snapshots with { ThresholdEntries = 1000, ThresholdBytes = 500, Interval = TimeSpan.FromHours(1) };
        StartServer(SettingsOf(1, 1));
        var before = (await StatusOf(await Leader())).LastApplied;
        await ApplyMany(this[1], 20);
        await Eventually(async () => Assert.InRange((await StatusOf(this[1])).Snapshot.Index, before, long.MaxValue));
    }

    [Fact]
    public async Task A_restarted_server_has_its_state_from_the_snapshot_and_what_follows_it()
    {
        StartCluster(1);
        await ApplyMany(await Leader(), 10);
        await TakeSnapshot(this[1]);
        await Apply(this[1], "after");
        await StopAsync(this[1]);

        StartServer(SettingsOf(1, 1));
        await Apply(await Leader(), "later");

        // Only what follows the snapshot was applied in this life, and yet the state has all of it.
        Assert.Equal(["after", "later"], this[1].Applied.AsEnumerable());
        await HasState(this[1], [.. Many(10), "after", "later"]);
    }

    [Fact]
    public async Task Nothing_is_restored_where_the_state_machine_keeps_its_own_state()
    {
        _snapshots = _snapshots with { RestoreOnStart = false };
        StartCluster(1);
        await ApplyMany(await Leader(), 10);
        await TakeSnapshot(this[1]);
        await StopAsync(this[1]);

        StartServer(SettingsOf(1, 1));
        await Apply(await Leader(), "later");

        await HasState(this[1], ["later"]);
    }

    [Fact]
    public async Task The_set_number_of_snapshots_is_kept()
    {
        StartCluster(1);
        var leader = await Leader();
        for (var i = 0; i < 5; i++)
        {
            await Apply(leader, $"{i}");
            await TakeSnapshot(leader);
        }

        await Eventually(() =>
        {
            Assert.Equal([4, 5], this[1].Snapshots.Numbers.AsEnumerable());
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_follower_that_is_too_far_behind_gets_the_snapshot_and_the_entries_behind_it()
    {
        StartCluster(3);
        var leader = await Leader();
        var behind = Servers.First(server => server.Id != leader.Id);
        Network.Isolate(behind.Id);
        await ApplyMany(leader, 40);
        var taken = await TakeSnapshot(leader);
        await Apply(leader, "after");
        Network.Records = static message => message is InstallSnapshot;
        Network.Heal();

        await Eventually(async () => Assert.Equal((await StatusOf(leader)).CommitIndex, (await StatusOf(behind)).LastApplied));

        await HasState(behind, [.. Many(40), "after"]);
        Assert.InRange(Network.Delivered.Count, 5, int.MaxValue);
        var status = await StatusOf(behind);
        Assert.Equal((taken.Index, taken.Index + 1), (status.Snapshot.Index, status.FirstLogIndex));
        await Eventually(async () => Assert.Equal(ProgressState.Replicate, (await StatusOf(leader)).Followers.Single(follower => follower.ServerId == behind.Id).State));
        await EveryoneHas([.. Many(40), "after", "last"], leader, "last");
    }

    [Fact]
    public async Task The_transfer_is_seen_in_the_status_and_goes_on_where_it_was_cut_off()
    {
        StartCluster(3);
        var leader = await Leader();
        var behind = Servers.First(server => server.Id != leader.Id);
        Network.Isolate(behind.Id);
        await ApplyMany(leader, 200);
        var taken = await TakeSnapshot(leader);
        Network.Records = static message => message is InstallSnapshot;
        Network.Drop(message => message is InstallSnapshot install && install.Offset > taken.Size / 2);
        foreach (var other in Servers.Where(server => server.Id != behind.Id))
        {
            Network.Mend(other.Id, behind.Id);
        }

        await Eventually(async () =>
        {
            var transfer = (await StatusOf(leader)).Followers.Single(follower => follower.ServerId == behind.Id).Transfer;
            Assert.NotNull(transfer);
            Assert.InRange(transfer.Percent, 45, 60);
        });
        var before = Network.Delivered.Cast<InstallSnapshot>().Max(static install => install.Offset);
        var delivered = Network.Delivered.Count;
        Network.Heal();

        await EveryoneHas([.. Many(200), "last"], leader, "last");
        Assert.All(Network.Delivered.Skip(delivered).Cast<InstallSnapshot>(), install => Assert.InRange(install.Offset, before - 400, taken.Size));
        Assert.Null((await StatusOf(leader)).Followers.Single(follower => follower.ServerId == behind.Id).Transfer);
    }

    [Fact]
    public async Task Heartbeats_and_other_followers_do_not_wait_for_a_snapshot()
    {
        StartCluster(3);
        var leader = await Leader();
        var behind = Servers.First(server => server.Id != leader.Id);
        Network.Isolate(behind.Id);
        await ApplyMany(leader, 40);
        await TakeSnapshot(leader);
        var opens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        behind.Snapshots.OnSave = _ => opens.Task;
        Network.Heal();
        await Eventually(async () => Assert.NotNull((await StatusOf(leader)).Followers.Single(follower => follower.ServerId == behind.Id).Transfer));
        var term = (await StatusOf(leader)).Term;

        for (var i = 0; i < 10; i++)
        {
            await Apply(leader, $"during {i}");
        }

        var follower = (await StatusOf(leader)).Followers.Single(other => other.ServerId == behind.Id);
        Assert.InRange(follower.LastContact!.Value, TimeSpan.Zero, leader.Settings.HeartbeatTimeout);
        Assert.NotNull(follower.Transfer);
        opens.SetResult();
        await EveryoneHas([.. Many(40), .. Enumerable.Range(0, 10).Select(static i => $"during {i}"), "last"], leader, "last");
        Assert.Equal(term, (await StatusOf(leader)).Term);
    }

    [Fact]
    public async Task A_follower_that_lost_its_disk_gets_all_of_it_from_the_leader()
    {
        StartCluster(3);
        var leader = await Leader();
        await ApplyMany(leader, 40);
        await TakeSnapshot(leader);
        var old = Servers.First(server => server.Id != leader.Id);
        await StopAsync(old);

        // Another journal and another snapshot store: an empty disk.
        var number = int.Parse(old.Id.Value[1..], System.Globalization.CultureInfo.InvariantCulture);
        var settings = SettingsOf(number, 3);
        StartServer(settings with
        {
            Journal = settings.Journal with { Plugin = "test-journal.n7" },
            Snapshots = settings.Snapshots with { Plugin = "test-snapshots.n7" },
        });

        await EveryoneHas([.. Many(40), "last"], leader, "last");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_snapshot_falls_back_to_an_older_one(bool isLost)
    {
        _snapshots = _snapshots with { TrailingEntries = 100 };
        StartCluster(1);
        var leader = await Leader();
        await ApplyMany(leader, 10);
        var older = await TakeSnapshot(leader);
        await Apply(leader, "between");
        await TakeSnapshot(leader);
        await Apply(leader, "after");
        await StopAsync(this[1]);
        Damage(leader, number: 2, isLost);

        StartServer(SettingsOf(1, 1));
        await Apply(await Leader(), "later");

        Assert.Equal(["between", "after", "later"], this[1].Applied.AsEnumerable());
        await HasState(this[1], [.. Many(10), "between", "after", "later"]);
        Assert.Equal(older.Index, (await StatusOf(this[1])).Snapshot.Index);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_whose_only_snapshot_is_damaged_serves_nobody_and_asks_the_leader(bool isLost)
    {
        StartCluster(3);
        var leader = await Leader();
        await ApplyMany(leader, 40);
        var damaged = Servers.First(server => server.Id != leader.Id);
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).CommitIndex, (await StatusOf(damaged)).LastApplied));
        await TakeSnapshot(damaged);
        await StopAsync(damaged);
        Damage(damaged, number: 1, isLost);
        Network.Drop(static message => message is InstallSnapshot);
        var number = int.Parse(damaged.Id.Value[1..], System.Globalization.CultureInfo.InvariantCulture);
        StartServer(SettingsOf(number, 3));

        // It confirms entries, for its log is well, and answers no query, for it has no state.
        await Apply(leader, "meanwhile");
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).LastLogIndex, (await StatusOf(this[number])).DurableIndex));
        Assert.IsType<Unavailable>(await Ask<object>(this[number], new Read(Bytes(""), ReadConsistency.Stale)));
        Assert.Equal(0, (await StatusOf(this[number])).LastApplied);

        Network.Heal();
        await EveryoneHas([.. Many(40), "meanwhile", "last"], leader, "last");
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_stored_fails_alone_and_leaves_nothing_behind()
    {
        StartCluster(1);
        var leader = await Leader();
        await ApplyMany(leader, 10);
        leader.Snapshots.OnSave = static saves => saves < 2 ? Task.CompletedTask : throw new IOException("the test's disk is full");

        var failed = await Ask<object>(leader, new TakeSnapshot());

        Assert.Contains("the test's disk is full", Assert.IsType<SnapshotNotTaken>(failed).Reason, StringComparison.Ordinal);
        await Eventually(() =>
        {
            Assert.Empty(leader.Snapshots.Numbers);
            return Task.CompletedTask;
        });
        leader.Snapshots.OnSave = null;
        await Apply(leader, "goes on");
        await TakeSnapshot(leader);
    }

    [Fact]
    public async Task A_snapshot_without_voters_is_refused()
    {
        StartCluster(3);
        var leader = await Leader();
        await ApplyMany(leader, 3);
        var follower = Servers.First(server => server.Id != leader.Id);
        var status = await StatusOf(follower);
        var probe = CreateTestProbe();
        var header = await HeaderTo(follower, leader.Id, status.Term);
        var content = new SnapshotDescriptor(1000, status.Term, Raft.Actors.Model.Configuration.Empty, 1, 1, 0);

        TellNode(follower, new InstallSnapshot(header, 1, content, 0, new byte[] { 1 }), probe);

        Assert.Equal(InstallStatus.Refused, (await probe.ExpectMsgAsync<InstallSnapshotResponse>()).Status);
        Assert.Equal(status.Configuration, (await StatusOf(follower)).Configuration);
        await EveryoneHas([.. Many(3), "last"], leader, "last");
    }

    [Fact]
    public async Task A_snapshot_holds_the_configuration_of_its_index()
    {
        StartCluster(3);
        var leader = await Leader();
        var behind = Servers.First(server => server.Id != leader.Id);
        Network.Isolate(behind.Id);
        var other = Servers.First(server => server.Id != leader.Id && server.Id != behind.Id);
        Assert.IsType<ConfigurationChanged>(await Ask<object>(leader, new AddNonvoter(Id(5), "akka.test://raft@n5:1") { Force = true }));
        await ApplyMany(leader, 40);
        await TakeSnapshot(leader);
        Network.Heal();

        await Eventually(async () => Assert.True((await StatusOf(behind)).Configuration.Contains(Id(5))));
        var expected = (await StatusOf(leader)).Configuration;
        await EveryoneHas([.. Many(40), "last"], leader, "last");
        Assert.Equal(expected, (await StatusOf(behind)).Configuration);
        Assert.Equal(expected, (await StatusOf(other)).Configuration);
    }

    private static ImmutableArray<string> Many(int count) => [.. Enumerable.Range(0, count).Select(static i => $"command {i}")];

    private async Task ApplyMany(TestServer leader, int count)
    {
        foreach (var command in Many(count))
        {
            await Apply(leader, command);
        }
    }

    private async Task<SnapshotTaken> TakeSnapshot(TestServer server) => Assert.IsType<SnapshotTaken>(await Ask<object>(server, new TakeSnapshot()));

    private async Task HasState(TestServer server, string[] expected) => Assert.Equal(expected, await State(server));

    private async Task<string[]> State(TestServer server)
    {
        var result = Assert.IsType<ReadResult>(await Ask<object>(server, new Read(Bytes(""), ReadConsistency.Stale)));
        return Text(result.Result).Split(',');
    }

    private async Task EveryoneHas(string[] expected, TestServer leader, string last)
    {
        await Apply(leader, last);
        await Eventually(async () =>
        {
            foreach (var server in Servers)
            {
                Assert.Equal(expected, await State(server));
            }
        });
    }

    private static void Damage(TestServer server, long number, bool isLost) => server.Snapshots.Change(
        chunk => chunk.Number == number && chunk.Chunk == 2 && isLost ? null
            : chunk.Number == number && chunk.Chunk == 2 ? chunk with { Bytes = chunk.Bytes.ToArray().Select(static octet => (byte)(octet ^ 1)).ToArray() }
            : chunk);
}
