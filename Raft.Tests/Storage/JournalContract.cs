using Akka.Persistence.Sql.Config;
using Raft.Actors.Model;
using Raft.Actors.Storage;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>What a node relies on in its journal, the same for each provider.</summary>
internal static class JournalContract
{
    public static string NewGroup() => "g." + Guid.NewGuid().ToString("N")[..12];

    public static async Task WritesRecoversAndDeletes(RaftStorageSettings settings)
    {
        var group = NewGroup();
        await using (var first = StorageWorld.Start(settings, group))
        {
            var probe = first.Probe(group);
            Assert.Equal(1, await StorageWorld.Write(probe, "term 1"));
            Assert.Equal(4, await StorageWorld.Write(probe, "a", "b", new byte[] { 1, 2, 3 }));
            Assert.Equal(2, await StorageWorld.Delete(probe, 2));
            Assert.Equal(5, await StorageWorld.Write(probe, "c"));
            Assert.Equal(5, await StorageWorld.Snapshot(probe, "state"));
        }

        await using var second = StorageWorld.Start(settings, group);
        Assert.Equal<object>(["state"], await StorageWorld.Read(second.Probe(group)));
        var rows = $"SELECT COUNT(*) FROM {{0}} WHERE persistence_id = 'raft/{group}/n1'";
        // The last one that was deleted stays, marked.
        Assert.Equal(4, second.Query<int>(RaftStorage.JournalPlugin(group), string.Format(null, rows, "raft_journal")));
        Assert.Equal(1, second.Query<int>(RaftStorage.SnapshotPlugin(group), string.Format(null, rows, "raft_snapshots")));
    }

    public static async Task RecoversEventsInOrder(RaftStorageSettings settings)
    {
        var group = NewGroup();
        object[] events = [.. Enumerable.Range(0, 1500).Select(number => $"event {number}")];
        await using (var first = StorageWorld.Start(settings, group))
        {
            var probe = first.Probe(group);
            foreach (var batch in events.Chunk(333))
            {
                await StorageWorld.Write(probe, [.. batch]);
            }
        }

        await using (var second = StorageWorld.Start(settings, group))
        {
            var probe = second.Probe(group);
            Assert.Equal(events, await StorageWorld.Read(probe));
            Assert.Equal(1400, await StorageWorld.Delete(probe, 1400));
        }

        await using var third = StorageWorld.Start(settings, group);
        var last = third.Probe(group);
        Assert.Equal(events[1400..], await StorageWorld.Read(last));
        Assert.Equal(1500, await StorageWorld.Delete(last, long.MaxValue));
        Assert.Equal(1501, await StorageWorld.Write(last, "the sequence number outlives the events"));
    }

    public static async Task KeepsSerializerAndManifest(RaftStorageSettings settings)
    {
        var group = NewGroup();
        await using (var first = StorageWorld.Start(settings, group))
        {
            await StorageWorld.Write(first.Probe(group), new Note("one"), new byte[] { 1 });
            var row = $"FROM raft_journal WHERE persistence_id = 'raft/{group}/n1' AND sequence_number =";
            Assert.Equal(NoteSerializer.Id, first.Query<int>(RaftStorage.JournalPlugin(group), $"SELECT identifier {row} 1"));
            Assert.Equal("note", first.Query<string>(RaftStorage.JournalPlugin(group), $"SELECT manifest {row} 1"));
            Assert.Equal(4, first.Query<int>(RaftStorage.JournalPlugin(group), $"SELECT identifier {row} 2")); // Akka's bytes
        }

        await using var second = StorageWorld.Start(settings, group);
        Assert.Equal<object>([new Note("one"), new byte[] { 1 }], await StorageWorld.Read(second.Probe(group)));
    }

    public static async Task RefusesToRecoverACorruptRow(RaftStorageSettings settings)
    {
        var group = NewGroup();
        await using (var first = StorageWorld.Start(settings, group))
        {
            await StorageWorld.Write(first.Probe(group), "a", "b", "c");
            Assert.Equal(
                1,
                first.Tamper(
                    group,
                    $"UPDATE raft_journal SET identifier = 9999 WHERE sequence_number = 2 AND persistence_id = "
                        + $"'raft/{group}/n1'"));
        }

        await using var second = StorageWorld.Start(settings, group);
        second.Probe(group);
        Assert.Contains("9999", (await second.Failure()).ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// Akka replays over a row that is missing, which is why the node itself must look at its sequence numbers.
    /// </summary>
    public static async Task ReplaysOverAMissingRow(RaftStorageSettings settings)
    {
        var group = NewGroup();
        await using (var first = StorageWorld.Start(settings, group))
        {
            await StorageWorld.Write(first.Probe(group), "a", "b", "c");
            Assert.Equal(
                1,
                first.Tamper(
                    group, $"DELETE FROM raft_journal WHERE sequence_number = 2 AND persistence_id = 'raft/{group}/n1'"));
        }

        await using var second = StorageWorld.Start(settings, group);
        Assert.Equal<object>(["a", "c"], await StorageWorld.Read(second.Probe(group)));
    }

    public static async Task RefusesToRecoverTwoWritersMixed(RaftStorageSettings settings)
    {
        var group = NewGroup();
        var mine = $"persistence_id = 'raft/{group}/n1'";
        await using (var first = StorageWorld.Start(settings, group))
        {
            await StorageWorld.Write(first.Probe(group), "a", "b", "c");
            first.Tamper(group, $"UPDATE raft_journal SET writer_uuid = 'another' WHERE sequence_number = 2 AND {mine}");
        }

        await using var second = StorageWorld.Start(settings, group);
        second.Probe(group);
        Assert.Contains("another", (await second.Failure()).Message, StringComparison.Ordinal);
    }

    public static async Task FencesASecondWriter(RaftStorageSettings settings)
    {
        var group = NewGroup();
        await using var world = StorageWorld.Start(settings, group);
        var one = world.Probe(group);
        var other = world.Probe(group);
        await StorageWorld.Read(one);
        await StorageWorld.Read(other);
        Assert.Equal(1, await StorageWorld.Write(one, "a"));
        other.Tell(new JournalProbe.Write("b"), Akka.Actor.ActorRefs.NoSender);
        Assert.Contains("uniq", (await world.Failure()).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    public static async Task RunsSeveralGroupsInOneSystem(RaftStorageSettings settings)
    {
        var (first, second) = (NewGroup(), NewGroup());
        await using (var world = StorageWorld.Start(settings, first, second))
        {
            await Task.WhenAll(
                StorageWorld.Write(world.Probe(first), "first"), StorageWorld.Write(world.Probe(second), "second"));
        }

        await using var again = StorageWorld.Start(settings, first, second);
        Assert.Equal<object>(["first"], await StorageWorld.Read(again.Probe(first)));
        Assert.Equal<object>(["second"], await StorageWorld.Read(again.Probe(second)));
    }

    public static void JoinsTheApplicationsOwnPlugins(RaftStorageSettings settings)
    {
        var group = NewGroup();
        using var storage = RaftStorage.Open(settings, new ServerId("n1"), group);
        var theirs = new MultiDataOptionsSetup();
        theirs.AddDataOptions("theirs", new LinqToDB.DataOptions());
        var setup = storage.Apply(Akka.Actor.Setup.ActorSystemSetup.Create(theirs));
        var joined = setup.Get<MultiDataOptionsSetup>().Value;
        Assert.True(joined.TryGetDataOptionsFor("theirs", out _));
        Assert.True(joined.TryGetDataOptionsFor(RaftStorage.JournalPlugin(group), out _));
    }
}
