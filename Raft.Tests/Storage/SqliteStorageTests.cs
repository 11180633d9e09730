using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using LinqToDB.Data;
using Microsoft.Data.Sqlite;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Snapshots;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

public sealed class SqliteStorageTests : IDisposable
{
    private static readonly ServerId N1 = new("n1");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    private RaftStorageSettings Settings => new() { Directory = _directory["data"] };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public Task Writes_recovers_and_deletes() => JournalContract.WritesRecoversAndDeletes(Settings);

    [Fact]
    public Task Recovers_events_in_order() => JournalContract.RecoversEventsInOrder(Settings);

    [Fact]
    public Task Keeps_serializer_and_manifest() => JournalContract.KeepsSerializerAndManifest(Settings);

    [Fact]
    public Task Refuses_to_recover_a_corrupt_row() => JournalContract.RefusesToRecoverACorruptRow(Settings);

    [Fact]
    public Task Replays_over_a_missing_row() => JournalContract.ReplaysOverAMissingRow(Settings);

    [Fact]
    public Task Refuses_to_recover_two_writers_mixed() => JournalContract.RefusesToRecoverTwoWritersMixed(Settings);

    [Fact]
    public Task Fences_a_second_writer() => JournalContract.FencesASecondWriter(Settings);

    [Fact]
    public Task Runs_several_groups_in_one_system() => JournalContract.RunsSeveralGroupsInOneSystem(Settings);

    [Fact]
    public Task Keeps_chunks_of_snapshots_by_their_keys() => SnapshotContract.KeepsChunksByTheirKeys(Settings);

    [Fact]
    public Task Says_that_a_damaged_chunk_is_damaged() => SnapshotContract.SaysThatADamagedChunkIsDamaged(Settings);

    [Fact]
    public Task A_node_starts_from_its_snapshot() => SnapshotContract.ANodeStartsFromItsSnapshot(Settings);

    [Fact]
    public void Joins_the_applications_own_plugins() => JournalContract.JoinsTheApplicationsOwnPlugins(Settings);

    [Fact]
    public async Task Every_connection_has_the_write_ahead_log_and_full_synchronous_also_under_load()
    {
        await using var world = StorageWorld.Start(Settings, "kv");
        var probe = world.Probe("kv");
        var load = Enumerable.Range(0, 400).Select(number => StorageWorld.Write(probe, new byte[number])).ToList();
        await StorageWorld.Snapshot(probe, new byte[100_000]);
        foreach (var plugin in new[] { RaftStorage.JournalPlugin("kv"), RaftStorage.SnapshotPlugin("kv") })
        {
            // Ten at once, so that some come out of the pool and some are new; twice, so that all have been pooled.
            for (var round = 0; round < 2; round++)
            {
                var connections = Enumerable.Range(0, 10).Select(_ => new DataConnection(world.Options(plugin))).ToList();
                foreach (var connection in connections)
                {
                    Assert.Equal("wal", connection.Execute<string>("PRAGMA journal_mode"));
                    Assert.Equal(2, connection.Execute<int>("PRAGMA synchronous"));
                    Assert.Equal(5000, connection.Execute<int>("PRAGMA busy_timeout"));
                }

                connections.ForEach(connection => connection.Dispose());
            }
        }

        Assert.Equal(400, (await Task.WhenAll(load)).Distinct().Count());
        Assert.True(File.Exists(_directory["data", "kv", "n1", "journal.db-wal"]));
        Assert.True(File.Exists(_directory["data", "kv", "n1", "snapshots.db-wal"]));
    }

    [Fact]
    public async Task A_snapshot_file_that_is_deleted_under_the_server_is_noticed_and_made_anew()
    {
        await using var world = StorageWorld.Start(Settings, "kv");
        _ = RaftExtension.Get(world.System);
        var store = Persistence.Instance.Apply(world.System).SnapshotStoreFor(RaftStorage.SnapshotPlugin("kv"));
        var keys = new SnapshotKeys("raft/kv/n1/snapshot");
        Assert.IsType<SaveSnapshotSuccess>(await store.Ask<object>(keys.Save(new SnapshotChunk(1, 1, new byte[9])), Patience));

        DeleteDatabase("snapshots.db");
        var failed = Assert.IsType<SaveSnapshotFailure>(
            await store.Ask<object>(keys.Save(new SnapshotChunk(2, 1, new byte[9])), Patience));
        Assert.Contains("was deleted, moved or replaced", failed.Cause.GetBaseException().Message, StringComparison.Ordinal);

        Assert.IsType<SaveSnapshotSuccess>(await store.Ask<object>(keys.Save(new SnapshotChunk(3, 1, new byte[9])), Patience));
        var file = _directory["data", "kv", "n1", "snapshots.db"];
        using var elsewhere = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        elsewhere.Open();
        using var count = elsewhere.CreateCommand();
        count.CommandText = "SELECT count(*) FROM raft_snapshots";
        Assert.Equal(1L, count.ExecuteScalar());
    }

    [Fact]
    public async Task A_journal_that_is_deleted_under_the_server_is_written_no_more()
    {
        await using var world = StorageWorld.Start(Settings, "kv");
        await StorageWorld.Write(world.Probe("kv"), new byte[1]);

        DeleteDatabase("journal.db");
        for (var life = 1; life <= 2; life++)
        {
            // A life of the server after the other.
            _ = StorageWorld.Write(world.Probe("kv"), new byte[1]);
            var failure = await world.Failure();
            Assert.Contains("was deleted, moved or replaced", failure.GetBaseException().Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(_directory["data", "kv", "n1", "journal.db"]));
    }

    private void DeleteDatabase(string name)
    {
        foreach (var file in Directory.EnumerateFiles(_directory["data", "kv", "n1"], $"{name}*"))
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_database_without_a_write_ahead_log_is_refused()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        var refusal = Assert.Throws<RaftConfigurationException>(() => WriteAheadLogInterceptor.Prepare(connection));
        Assert.Contains("journal_mode=memory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tables_have_the_columns_that_the_plugin_would_make()
    {
        using var storage = RaftStorage.Open(Settings, N1, "kv");
        var theirs = StorageSchema.AutoInitialized(
            LinqToDB.ProviderName.SQLiteMS, $"Data Source={_directory["theirs.db"]};Pooling=false");
        var journal = StorageSchema.Options(storage, RaftStorage.JournalPlugin("kv"));
        var snapshots = StorageSchema.Options(storage, RaftStorage.SnapshotPlugin("kv"));
        Assert.Equal(StorageSchema.SqliteColumns(theirs, "journal"), StorageSchema.SqliteColumns(journal, "raft_journal"));
        Assert.Equal(StorageSchema.SqliteColumns(theirs, "snapshot"), StorageSchema.SqliteColumns(snapshots, "raft_snapshots"));
    }

    [Fact]
    public void A_second_actor_system_of_the_process_is_refused_until_the_first_has_terminated()
    {
        using (RaftStorage.Open(Settings, N1, "kv"))
        {
            var refusal = Assert.Throws<JournalInUseException>(() => RaftStorage.Open(Settings, N1, "other", "kv"));
            Assert.StartsWith(
                $"another actor system of this process (pid {Environment.ProcessId}, started ",
                refusal.Message,
                StringComparison.Ordinal);
            Assert.Contains("runs server n1 of group kv on", refusal.Message, StringComparison.Ordinal);
            RaftStorage.Open(Settings, N1, "other").Dispose(); // the refused one has let go of it
            RaftStorage.Open(Settings, new ServerId("n2"), "kv").Dispose();
        }

        RaftStorage.Open(Settings, N1, "kv").Dispose();
    }

    [Fact]
    public async Task The_storage_is_released_when_the_system_terminates()
    {
        var storage = RaftStorage.Open(Settings, N1, "kv");
        var system = Akka.Actor.ActorSystem.Create("released", storage.Apply(Akka.Actor.BootstrapSetup.Create()));
        storage.ReleaseWith(system);
        await system.Terminate();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                RaftStorage.Open(Settings, N1, "kv").Dispose();
                return;
            }
            catch (JournalInUseException) when (clock.Elapsed < TimeSpan.FromSeconds(10))
            {
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public void A_second_process_is_refused_until_the_first_was_killed()
    {
        using var child = ChildProcess.HoldStorage(StorageProvider.Sqlite, Settings.Directory, "kv", "n1");
        var refusal = Assert.Throws<JournalInUseException>(() => RaftStorage.Open(Settings, N1, "kv"));
        Assert.StartsWith($"another process (pid {child.Id}, started ", refusal.Message, StringComparison.Ordinal);
        child.Kill();
        RaftStorage.Open(Settings, N1, "kv").Dispose();
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_refused()
    {
        File.WriteAllText(_directory["data"], "a file");
        var refusal = Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings, N1, "kv"));
        Assert.StartsWith($"raft.storage.directory = '{_directory["data"]}': ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("let it name a directory that this process may write to", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("journal.db")]
    [InlineData("snapshots.db")]
    public void A_file_that_is_no_database_is_refused_and_leaves_no_lock(string name)
    {
        Directory.CreateDirectory(_directory["data", "kv", "n1"]);
        var file = _directory["data", "kv", "n1", name];
        File.WriteAllText(file, new string('x', 8192));
        var refusal = Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings, N1, "kv"));
        Assert.StartsWith($"{file} cannot be used (", refusal.Message, StringComparison.Ordinal);
        File.Delete(file);
        RaftStorage.Open(Settings, N1, "kv").Dispose();
    }

    [Theory]
    [InlineData("provider = mysql", "raft.storage.provider = 'mysql': use sqlite or postgres")]
    [InlineData("directory = \"\"", "raft.storage.directory = '': the provider sqlite needs a directory")]
    [InlineData("provider = postgres", "raft.storage.connection-string = '': the provider postgres needs one")]
    public void A_wrong_setting_is_named(string setting, string message)
    {
        var config = ConfigurationFactory.ParseString($"raft {{ server-id = n1, storage {{ {setting} }} }}");
        Assert.StartsWith(
            message, Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(config)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..", "n1", "raft.group = '..'")]
    [InlineData("kv", "..", "raft.server-id = '..'")]
    [InlineData("a/b", "n1", "raft.group = 'a/b'")]
    public void A_name_that_leads_out_of_the_directory_is_refused(string group, string server, string message) =>
        Assert.StartsWith(
            message,
            Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings, new ServerId(server), group)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_configuration_opens_its_own_server()
    {
        var config = ConfigurationFactory.ParseString(
            $"raft {{ group = kv, server-id = n7, storage.directory = \"{_directory["data"]}\" }}");
        using var storage = RaftStorage.Open(config);
        Assert.True(File.Exists(_directory["data", "kv", "n7", "journal.db"]));
        Assert.Equal("raft-storage.kv.journal", RaftStorage.JournalPlugin("kv"));
        Assert.Equal("raft-storage.k~v.snapshots", RaftStorage.SnapshotPlugin("k.v"));
        Assert.Equal("fail", storage.Config.GetString("raft-storage.kv.journal.replay-filter.mode"));
    }
}
