using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Persistence;
using LinqToDB.Data;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Snapshots;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>
/// What snapshots rely on in the snapshot store, the same for each provider; and a node with its snapshots on it.
/// </summary>
internal static class SnapshotContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task KeepsChunksByTheirKeys(RaftStorageSettings settings)
    {
        var group = JournalContract.NewGroup();
        await using var world = StorageWorld.Start(settings, group);
        _ = RaftExtension.Get(world.System);
        var (store, keys) = StoreOf(world, group);
        foreach (var chunk in new[] { Chunk(1, 1), Chunk(1, 2), Chunk(3, 1), Chunk(3, 2) })
        {
            Assert.IsType<SaveSnapshotSuccess>(await store.Ask<object>(keys.Save(chunk), Patience));
        }

        var snapshot = new StoredSnapshot(new SnapshotDescriptor(9, 1, Configuration.Empty, 0, 8, 0), 3, 2, 4);
        Assert.Equal(Chunk(3, 1).Bytes.ToArray(), ChunkReader.BytesOf(snapshot, 1, await Load(store, keys.Load(3, 1))).ToArray());

        // What is not there is answered with what is below it; that must be seen.
        Assert.Equal(SnapshotKeys.SequenceNr(3, 2), (await Load(store, keys.Load(3, 3))).Snapshot.Metadata.SequenceNr);
        var missing = await Load(store, keys.Load(2, 1));
        Assert.Equal(SnapshotKeys.SequenceNr(1, 2), missing.Snapshot.Metadata.SequenceNr);
        Assert.Throws<Raft.Actors.Serialization.MalformedMessageException>(
            () => ChunkReader.BytesOf(snapshot with { Number = 2 }, 1, missing));

        // A row goes alone, and those below it stay.
        Assert.IsType<DeleteSnapshotSuccess>(await store.Ask<object>(keys.Delete(3, 1), Patience));
        Assert.Equal(SnapshotKeys.SequenceNr(1, 2), (await Load(store, keys.Load(3, 1))).Snapshot.Metadata.SequenceNr);
        Assert.Equal(SnapshotKeys.SequenceNr(3, 2), (await Load(store, keys.Load(3, 2))).Snapshot.Metadata.SequenceNr);
        Assert.Null((await Load(store, keys.Load(0, 5))).Snapshot);
    }

    public static async Task SaysThatADamagedChunkIsDamaged(RaftStorageSettings settings)
    {
        var group = JournalContract.NewGroup();
        await using var world = StorageWorld.Start(settings, group);
        _ = RaftExtension.Get(world.System);
        var (store, keys) = StoreOf(world, group);
        Assert.IsType<SaveSnapshotSuccess>(await store.Ask<object>(keys.Save(Chunk(1, 1)), Patience));
        using (var connection = new DataConnection(world.Options(RaftStorage.SnapshotPlugin(group))))
        {
            // The bytes of another chunk: as good as any to SQL, and to everything but the checksum.
            var bytes = connection.Execute<byte[]>(
                $"SELECT snapshot FROM raft_snapshots WHERE persistence_id = 'raft/{group}/n1/snapshot'");
            bytes[^6] ^= 1;
            Assert.Equal(1, connection.Execute(
                $"UPDATE raft_snapshots SET snapshot = @damaged WHERE persistence_id = 'raft/{group}/n1/snapshot'",
                new DataParameter("damaged", bytes)));
        }

        var failed = Assert.IsType<LoadSnapshotFailed>(await store.Ask<object>(keys.Load(1, 1), Patience));

        Assert.True(ChunkReader.IsDamage(failed.Cause), failed.Cause.ToString());
    }

    /// <summary>A group of one takes a snapshot, lets its journal go, starts again and has everything.</summary>
    public static async Task ANodeStartsFromItsSnapshot(RaftStorageSettings settings)
    {
        var group = JournalContract.NewGroup();
        var rows = $"SELECT COUNT(*) FROM raft_journal WHERE persistence_id = 'raft/{group}/n1' AND sequence_number <= 40";
        await using (var first = StorageWorld.Start(settings, group))
        {
            var raft = StartNode(first, group, []);
            for (var i = 0; i < 50; i++)
            {
                await Apply(raft, $"command {i}");
            }

            var taken = Assert.IsType<SnapshotTaken>(await raft.Ask<object>(new TakeSnapshot(), Patience));
            Assert.InRange(taken.Index, 50, 60);
            await WaitUntil(() => first.Query<int>(RaftStorage.JournalPlugin(group), rows) <= 1);
            await Apply(raft, "after");
            await raft.Ask<object>(new Shutdown(), Patience);
        }

        var applied = new ConcurrentQueue<string>();
        await using var second = StorageWorld.Start(settings, group);
        var again = StartNode(second, group, applied);
        await Apply(again, "later");
        var state = (ReadResult)await again.Ask<object>(new Read(ReadOnlyMemory<byte>.Empty, ReadConsistency.Stale), Patience);
        Assert.Equal(
            string.Join(
                ',', Enumerable.Range(0, 50).Select(static number => $"command {number}").Append("after").Append("later")),
            System.Text.Encoding.UTF8.GetString((byte[])state.Result!));
        Assert.Equal(2, applied.Count);
    }

    private static IActorRef StartNode(
        StorageWorld world, string group, ConcurrentQueue<string> applied) => RaftExtension.Get(world.System).Start(
        new RaftSettings
        {
            Group = group,
            ServerId = new ServerId("n1"),
            InitialConfiguration = new Configuration([new Server(new ServerId("n1"), "akka.tcp://raft@n1:1")]),
            Snapshots = new SnapshotSettings { TrailingEntries = 5, ChunkBytes = 100, MaxEventsPerDelete = 7 },
            Intake = new IntakeSettings { EnqueueTimeout = TimeSpan.FromSeconds(10) },
        },
        () => new RecordingStateMachine(applied));

    private static async Task Apply(IActorRef raft, string command)
    {
        object? answer = null;
        await WaitUntil(async () =>
        {
            answer = await raft.Ask<object>(new Apply(ClusterTest.Bytes(command)), Patience);
            return answer is not RaftFailure { Outcome: Outcome.NotDone };
        });
        Assert.IsType<Applied>(answer);
    }

    private static Task WaitUntil(Func<bool> condition) => WaitUntil(() => Task.FromResult(condition()));

    private static async Task WaitUntil(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private static SnapshotChunk Chunk(long number, int chunk) =>
        new(number, chunk, new byte[] { (byte)number, (byte)chunk, 3, 4 });

    private static (IActorRef Store, SnapshotKeys Keys) StoreOf(StorageWorld world, string group) => (
        Persistence.Instance.Apply(world.System).SnapshotStoreFor(RaftStorage.SnapshotPlugin(group)),
        new SnapshotKeys(SnapshotKeys.PersistenceIdOf($"raft/{group}/n1")));

    private static async Task<LoadSnapshotResult> Load(IActorRef store, LoadSnapshot load) =>
        Assert.IsType<LoadSnapshotResult>(await store.Ask<object>(load, Patience));
}
