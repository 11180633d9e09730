using System.Net;
using System.Net.Sockets;
using Npgsql;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

[Collection(PostgresGroup.Name)]
public sealed class PostgresStorageTests(PostgresFixture postgres)
{
    private static readonly ServerId N1 = new("n1");

    private RaftStorageSettings Settings => new() { Provider = StorageProvider.Postgres, ConnectionString = postgres.ConnectionString };

    [PostgresFact]
    public Task Writes_recovers_and_deletes() => JournalContract.WritesRecoversAndDeletes(Settings);

    [PostgresFact]
    public Task Recovers_events_in_order() => JournalContract.RecoversEventsInOrder(Settings);

    [PostgresFact]
    public Task Keeps_serializer_and_manifest() => JournalContract.KeepsSerializerAndManifest(Settings);

    [PostgresFact]
    public Task Refuses_to_recover_a_corrupt_row() => JournalContract.RefusesToRecoverACorruptRow(Settings);

    [PostgresFact]
    public Task Replays_over_a_missing_row() => JournalContract.ReplaysOverAMissingRow(Settings);

    [PostgresFact]
    public Task Refuses_to_recover_two_writers_mixed() => JournalContract.RefusesToRecoverTwoWritersMixed(Settings);

    [PostgresFact]
    public Task Fences_a_second_writer() => JournalContract.FencesASecondWriter(Settings);

    [PostgresFact]
    public Task Runs_several_groups_in_one_system() => JournalContract.RunsSeveralGroupsInOneSystem(Settings);

    [PostgresFact]
    public Task Keeps_chunks_of_snapshots_by_their_keys() => SnapshotContract.KeepsChunksByTheirKeys(Settings);

    [PostgresFact]
    public Task Says_that_a_damaged_chunk_is_damaged() => SnapshotContract.SaysThatADamagedChunkIsDamaged(Settings);

    [PostgresFact]
    public Task A_node_starts_from_its_snapshot() => SnapshotContract.ANodeStartsFromItsSnapshot(Settings);

    [PostgresFact]
    public void Joins_the_applications_own_plugins() => JournalContract.JoinsTheApplicationsOwnPlugins(Settings);

    [PostgresFact]
    public void The_tables_have_the_columns_that_the_plugin_would_make()
    {
        var place = OwnDatabase();
        using var storage = RaftStorage.Open(Settings with { ConnectionString = place }, N1, "kv");
        var theirs = StorageSchema.AutoInitialized(LinqToDB.ProviderName.PostgreSQL15, place);
        var ours = StorageSchema.Options(storage, RaftStorage.JournalPlugin("kv"));
        Assert.Equal(StorageSchema.PostgresColumns(theirs, "journal"), StorageSchema.PostgresColumns(ours, "raft_journal"));
        Assert.Equal(StorageSchema.PostgresColumns(theirs, "snapshot"), StorageSchema.PostgresColumns(ours, "raft_snapshots"));
    }

    [PostgresFact]
    public void Many_servers_may_open_an_empty_database_at_once()
    {
        var settings = Settings with { ConnectionString = OwnDatabase() };
        var storages = new RaftStorage[8];
        Parallel.For(0, storages.Length, number => storages[number] = RaftStorage.Open(settings, new ServerId($"n{number}"), "kv"));
        Array.ForEach(storages, storage => storage.Dispose());
    }

    [PostgresFact]
    public void A_user_without_the_right_to_make_tables_can_use_those_there_are()
    {
        var place = new NpgsqlConnectionStringBuilder(OwnDatabase());
        RaftStorage.Open(Settings with { ConnectionString = place.ConnectionString }, N1, "kv").Dispose();
        var role = "role_" + Guid.NewGuid().ToString("N");
        Execute(
            place.ConnectionString,
            $"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT SELECT, INSERT, UPDATE, DELETE ON raft_journal, raft_snapshots TO {role}; "
            + "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        place.Username = role;
        place.Password = "secret";
        RaftStorage.Open(Settings with { ConnectionString = place.ConnectionString }, N1, "kv").Dispose();
    }

    [PostgresFact]
    public void A_second_process_is_refused_until_the_first_was_killed()
    {
        var group = JournalContract.NewGroup();
        using var child = ChildProcess.HoldStorage(StorageProvider.Postgres, postgres.ConnectionString, group, "n1");
        var refusal = Assert.Throws<JournalInUseException>(() => RaftStorage.Open(Settings, N1, group));
        Assert.StartsWith($"another process (raft pid {child.Id} on ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"runs server n1 of group {group} on database ", refusal.Message, StringComparison.Ordinal);
        RaftStorage.Open(Settings, new ServerId("n2"), group).Dispose();
        child.Kill();
        RaftStorage.Open(Settings, N1, group).Dispose();
    }

    [PostgresFact]
    public void A_second_actor_system_of_the_process_is_refused()
    {
        var group = JournalContract.NewGroup();
        using (RaftStorage.Open(Settings, N1, group))
        {
            var refusal = Assert.Throws<JournalInUseException>(() => RaftStorage.Open(Settings, N1, group));
            Assert.Contains($"raft pid {Environment.ProcessId} on ", refusal.Message, StringComparison.Ordinal);
        }

        RaftStorage.Open(Settings, N1, group).Dispose();
    }

    [PostgresFact]
    public async Task Writes_go_on_after_the_database_has_dropped_every_session_and_the_fence_stands()
    {
        var place = OwnDatabase();
        var settings = Settings with { ConnectionString = place };
        await using var first = StorageWorld.Start(settings, "kv");
        var probe = first.Probe("kv");
        await StorageWorld.Write(probe, "a");
        Execute(postgres.ConnectionString, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{new NpgsqlConnectionStringBuilder(place).Database}'");
        probe.Tell(new JournalProbe.Write("on a session that is gone"), Akka.Actor.ActorRefs.NoSender);
        await first.Failure();

        // As the supervisor does. The lock went with its session, so a second process is let in ...
        probe = first.Probe("kv");
        await StorageWorld.Read(probe);
        await using var second = StorageWorld.Start(settings, "kv");
        Assert.Equal(2, await StorageWorld.Write(second.Probe("kv"), "b"));

        // ... and the first one's next write fails.
        probe.Tell(new JournalProbe.Write("c"), Akka.Actor.ActorRefs.NoSender);
        Assert.Contains("unique", (await first.Failure()).ToString(), StringComparison.Ordinal);
        Assert.Equal(1, second.Query<int>(RaftStorage.JournalPlugin("kv"), "SELECT COUNT(*) FROM raft_journal WHERE sequence_number = 2"));
    }

    [PostgresFact]
    public void A_server_that_acknowledges_before_it_syncs_is_refused()
    {
        var place = OwnDatabase();
        Execute(place, $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(place).Database} SET synchronous_commit = off");
        var refusal = Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings with { ConnectionString = place }, N1, "kv"));
        Assert.Contains("runs with synchronous_commit=off", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_does_not_answer_is_named_without_its_password()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var refusal = Assert.Throws<RaftConfigurationException>(
            () => RaftStorage.Open(Unreachable($"Host=127.0.0.1;Port={port};Username=me;Password=secret;Database=raft"), N1, "kv"));
        Assert.StartsWith($"raft.storage.connection-string: database raft at 127.0.0.1:{port}: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hots=x;Password=hunter2")]
    [InlineData("Password=hunter2")]
    [InlineData("Host=x;Port=many;Password=hunter2")]
    public void A_malformed_connection_string_is_refused(string text)
    {
        var refusal = Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Unreachable(text), N1, "kv"));
        Assert.StartsWith("raft.storage.connection-string", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_make_writes_fast_are_added_where_the_user_has_not_set_them()
    {
        var completed = PostgresGroupStorage.Complete("Host=x;MaxAutoPrepare=5");
        Assert.Equal((5, true, 10, 5), (completed.MaxAutoPrepare, completed.NoResetOnClose, completed.CommandTimeout, completed.Timeout));
        completed = PostgresGroupStorage.Complete("Host=x;No Reset On Close=false;Command Timeout=3;Timeout=2");
        Assert.Equal((20, false, 3, 2), (completed.MaxAutoPrepare, completed.NoResetOnClose, completed.CommandTimeout, completed.Timeout));
    }

    [Fact]
    public void The_lock_key_is_the_same_in_every_version()
    {
        Assert.Equal(unchecked((long)0xaf63dc4c8601ec8c), PostgresGroupStorage.LockKey("a")); // FNV-1a's published vector
        Assert.NotEqual(PostgresGroupStorage.LockKey("raft/kv/n1"), PostgresGroupStorage.LockKey("raft/kv/n2"));
    }

    private static RaftStorageSettings Unreachable(string connectionString) =>
        new() { Provider = StorageProvider.Postgres, ConnectionString = connectionString };

    private static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private string OwnDatabase()
    {
        var name = "raft_" + Guid.NewGuid().ToString("N");
        Execute(postgres.ConnectionString, $"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }
}
