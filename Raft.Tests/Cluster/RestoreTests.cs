using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.Snapshots;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A snapshot is restored by hand into a running group (hashicorp/raft's UserRestore; docs/testing.md).</summary>
public sealed class RestoreTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly byte[] Content = ContentOf("old 1", "old 2", "old 3");

    private SnapshotSettings _snapshots = new() { TrailingEntries = 3, ChunkBytes = 64 };

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Snapshots = _snapshots with { Plugin = $"test-snapshots.n{number}" },
    };

    [Fact]
    public async Task The_state_is_replaced_on_every_server_and_the_group_goes_on_from_it()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        var configuration = (await StatusOf(leader)).Configuration;

        var restored = await Restore(leader, Content);

        Assert.Equal((await StatusOf(leader)).LastApplied, restored.Index);
        Assert.Equal(Content.Length, restored.Size);
        await EveryoneHas(["old 1", "old 2", "old 3", "after"], leader, "after");
        Assert.Equal(configuration, (await StatusOf(leader)).Configuration);
    }

    [Fact]
    public async Task Commands_during_a_restore_are_applied_to_the_old_state()
    {
        StartCluster(1);
        var leader = await Leader();
        var begun = await Ask<RestoreBegun>(leader, new BeginRestore(Content.Length, Crc32C.Of(Content)));
        await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, 0, Content));

        await Apply(leader, "meanwhile");

        Assert.Equal(["meanwhile"], await State(leader));
        await Eventually(async () => Assert.Equal(new RestoreStatus(begun.RestoreId, Content.Length, Content.Length), (await StatusOf(leader)).Restore));
        await Ask<SnapshotRestored>(leader, new CompleteRestore(begun.RestoreId));
        Assert.Equal(["old 1", "old 2", "old 3"], await State(leader));
        await Eventually(async () => Assert.Null((await StatusOf(leader)).Restore));
    }

    [Fact]
    public async Task A_restarted_server_and_one_that_was_away_take_the_restored_state()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        var behind = Servers.First(server => server.Id != leader.Id);
        Network.Isolate(behind.Id);
        await Restore(leader, Content);
        await Apply(leader, "after");
        await Ask<SnapshotTaken>(leader, new TakeSnapshot());
        var other = Servers.First(server => server.Id != leader.Id && server.Id != behind.Id);
        await StopAsync(other);
        StartServer(other.Settings);
        Network.Heal();

        await EveryoneHas(["old 1", "old 2", "old 3", "after", "last"], await Leader(), "last");
    }

    [Fact]
    public async Task A_restore_goes_on_under_the_next_leader_even_from_a_snapshot_taken_halfway()
    {
        _snapshots = _snapshots with { TrailingEntries = 0 };
        StartCluster(3);
        var first = await Leader();
        await Apply(first, "before");
        var begun = await Ask<RestoreBegun>(first, new BeginRestore(Content.Length, Crc32C.Of(Content)));
        var half = Content.Length / 2;
        Assert.Equal(half, (await Ask<RestoreBlockTaken>(first, new RestoreBlock(begun.RestoreId, 0, Content.AsMemory(0, half)))).Offset);
        foreach (var server in Servers)
        {
            await Eventually(async () => Assert.Equal((await StatusOf(first)).LastApplied, (await StatusOf(server)).LastApplied));
            await Ask<SnapshotTaken>(server, new TakeSnapshot());
        }

        foreach (var server in Servers)
        {
            await StopAsync(server);
        }

        for (var number = 1; number <= 3; number++)
        {
            StartServer(SettingsOf(number, 3));
        }

        var next = await Leader();
        Assert.Equal(["before"], await State(next));
        Assert.Equal(new RestoreBegun(begun.RestoreId, half), await Ask<object>(next, new BeginRestore(Content.Length, Crc32C.Of(Content))));
        await Ask<RestoreBlockTaken>(next, new RestoreBlock(begun.RestoreId, half, Content.AsMemory(half)));
        await Ask<SnapshotRestored>(next, new CompleteRestore(begun.RestoreId));
        await EveryoneHas(["old 1", "old 2", "old 3", "last"], next, "last");
    }

    [Fact]
    public async Task When_the_leader_dies_midway_the_state_is_the_old_one_or_the_new_one()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        var begun = await Ask<RestoreBegun>(leader, new BeginRestore(Content.Length, Crc32C.Of(Content)));
        await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, 0, Content));
        var complete = Send(leader, "complete", new CompleteRestore(begun.RestoreId));
        await StopAsync(leader);

        var next = await LeaderAmong([.. Servers]);
        var state = await State(next);
        Assert.Matches("^(before|old 1,old 2,old 3)$", string.Join(',', state));
        Assert.DoesNotContain(complete.Answers, answer => answer is SnapshotRestored && state[0] == "before");

        // Whoever asks again is told how it ended, and it is done once.
        var restored = await Ask<SnapshotRestored>(next, new CompleteRestore(begun.RestoreId));
        Assert.Equal(restored, await Ask<object>(next, new CompleteRestore(begun.RestoreId)));
        StartServer(leader.Settings);
        await EveryoneHas(["old 1", "old 2", "old 3", "last"], await Leader(), "last");
    }

    [Fact]
    public async Task A_restore_keeps_the_sessions()
    {
        StartCluster(1);
        var leader = await Leader();
        var session = await Ask<SessionRegistered>(leader, new RegisterSession());
        var command = new Apply(Bytes("once")) { Session = new CommandSession(session.SessionId, 1, 1) };
        var first = await Ask<Applied>(leader, command);

        await Restore(leader, Content);

        // Its copy gets the first answer and is not applied to the new state.
        Assert.Equal(first.Index, (await Ask<Applied>(leader, command)).Index);
        Assert.Equal(["old 1", "old 2", "old 3"], await State(leader));
    }

    [Fact]
    public async Task A_restore_that_breaks_a_rule_is_refused_and_changes_nothing()
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        var follower = Servers.First(server => server.Id != leader.Id);
        Assert.IsType<NotLeader>(await Ask<object>(follower, new BeginRestore(1, 0)));
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, new BeginRestore(0, 0)));
        Assert.IsType<TooLarge>(await Ask<object>(leader, new BeginRestore(long.MaxValue, 0)));
        Assert.Contains("not under way", Assert.IsType<RestoreRefused>(await Ask<object>(leader, new RestoreBlock(99, 0, Content))).Reason, StringComparison.Ordinal);

        var begun = await Ask<RestoreBegun>(leader, new BeginRestore(Content.Length, Crc32C.Of(Content) ^ 1));
        Assert.Contains("is under way", Assert.IsType<RestoreRefused>(await Ask<object>(leader, new BeginRestore(5, 5))).Reason, StringComparison.Ordinal);
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, new RestoreBlock(begun.RestoreId, 0, default)));
        Assert.Equal(0, (await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, 7, Content))).Offset);
        Assert.IsType<Unavailable>(await Ask<object>(leader, new CompleteRestore(begun.RestoreId)));
        await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, 0, Content));
        Assert.Contains("checksum", Assert.IsType<RestoreRefused>(await Ask<object>(leader, new CompleteRestore(begun.RestoreId))).Reason, StringComparison.Ordinal);

        await EveryoneHas(["before", "last"], leader, "last");
    }

    [Theory]
    [InlineData("it is no snapshot")]
    [InlineData("the state machine cannot read it")]
    public async Task Content_that_is_no_state_stops_no_server(string expected)
    {
        StartCluster(3);
        var leader = await Leader();
        await Apply(leader, "before");
        var content = expected == "it is no snapshot" ? Bytes("this is none") : ContentOf("throw");

        var begun = await Ask<RestoreBegun>(leader, new BeginRestore(content.Length, Crc32C.Of(content)));
        await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, 0, content));
        var refused = Assert.IsType<RestoreRefused>(await Ask<object>(leader, new CompleteRestore(begun.RestoreId)));

        Assert.StartsWith(expected, refused.Reason, StringComparison.Ordinal);
        Assert.Equal(Outcome.NotDone, refused.Outcome);
        await EveryoneHas(["before", "last"], leader, "last");
    }

    [Fact]
    public async Task A_client_restores_from_a_stream()
    {
        StartCluster(3);
        var leader = await Leader();
        var settings = new RaftClientSettings { Group = "test", Contacts = [.. Servers.Select(server => AddressOf(server.Id))], Timeout = Patience };
        var client = new RaftClient(Sys.ActorOf(RaftClientActor.Props(settings, address => Servers.Single(server => AddressOf(server.Id) == address).Supervisor, 1)), Patience);
        var content = ContentOf([.. Enumerable.Range(0, 3000).Select(static i => $"a line that is long enough to be cut into pieces {i}")]);
        Assert.InRange(content.Length, 2 * 64 * 1024, 4 * 64 * 1024);

        var restored = await client.RestoreSnapshotAsync(new MemoryStream(content), content.Length, Crc32C.Of(content));

        Assert.Equal(content.Length, restored.Size);
        Assert.Equal(3000, (await State(leader)).Length);
        await Eventually(async () =>
        {
            foreach (var server in Servers)
            {
                Assert.Equal(3000, (await State(server)).Length);
            }
        });
    }

    [Fact]
    public async Task A_snapshot_that_is_copied_is_kept_meanwhile_and_brings_its_state_back()
    {
        _snapshots = _snapshots with { Retain = 1 };
        StartCluster(1);
        var leader = await Leader();
        Assert.IsType<SnapshotNotFound>(await Ask<object>(leader, new ReadSnapshot(0, 0)));
        for (var i = 0; i < 20; i++)
        {
            await Apply(leader, $"command {i}");
        }

        var expected = await State(leader);
        await Ask<SnapshotTaken>(leader, new TakeSnapshot());
        var piece = await Ask<SnapshotPiece>(leader, new ReadSnapshot(0, 0));
        List<byte> content = [.. piece.Bytes.Span];
        for (var i = 0; i < 3; i++)
        {
            await Apply(leader, $"later {i}");
            await Ask<SnapshotTaken>(leader, new TakeSnapshot());
        }

        // The latest is another by now, and the old one would be gone.
        while (content.Count < piece.Content.Bytes)
        {
            content.AddRange((await Ask<SnapshotPiece>(leader, new ReadSnapshot(piece.Number, content.Count))).Bytes.Span);
        }

        Assert.NotEqual(piece.Number, (await Ask<SnapshotPiece>(leader, new ReadSnapshot(0, 0))).Number);
        Assert.Equal(piece.Content.Checksum, Crc32C.Of([.. content]));
        Assert.True((await Ask<SnapshotPiece>(leader, new ReadSnapshot(piece.Number, content.Count))).Bytes.IsEmpty);
        Assert.IsType<SnapshotNotFound>(await Ask<object>(leader, new ReadSnapshot(piece.Number, content.Count + 1)));
        Assert.IsType<SnapshotNotFound>(await Ask<object>(leader, new ReadSnapshot(99, 0)));
        await Restore(leader, [.. content]);
        Assert.Equal(expected, await State(leader));
    }

    private static string AddressOf(Raft.Actors.Model.ServerId id) => ConfigurationOf(3).Find(id)!.Address;

    private static byte[] ContentOf(params string[] commands) =>
        [.. SnapshotFrames.Write([], [], commands.Select(static command => (ReadOnlyMemory<byte>)Bytes(command))).SelectMany(static piece => piece.ToArray())];

    private async Task<SnapshotRestored> Restore(TestServer leader, byte[] content)
    {
        var begun = await Ask<RestoreBegun>(leader, new BeginRestore(content.Length, Crc32C.Of(content)));
        for (var offset = 0; offset < content.Length;)
        {
            var length = Math.Min(5, content.Length - offset);
            offset = (int)(await Ask<RestoreBlockTaken>(leader, new RestoreBlock(begun.RestoreId, offset, content.AsMemory(offset, length)))).Offset;
        }

        return await Ask<SnapshotRestored>(leader, new CompleteRestore(begun.RestoreId));
    }

    private async Task<string[]> State(TestServer server) =>
        Text(Assert.IsType<ReadResult>(await Ask<object>(server, new Read(Bytes(""), ReadConsistency.Stale))).Result).Split(',');

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
}
