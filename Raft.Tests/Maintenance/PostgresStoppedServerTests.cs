using Npgsql;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Tests.Infrastructure;
using Raft.Tests.Storage;
using Xunit;
using static Raft.Tests.Maintenance.StoppedServerContract;

namespace Raft.Tests.Maintenance;

[Collection(PostgresGroup.Name)]
public sealed class PostgresStoppedServerTests(PostgresFixture postgres)
{
    private RaftStorageSettings Settings => new() { Provider = StorageProvider.Postgres, ConnectionString = postgres.ConnectionString };

    [PostgresFact]
    public Task Reads_what_a_server_left() => ReadsWhatAServerLeft(Settings, JournalContract.NewGroup());

    [PostgresFact]
    public Task Keeps_the_server_from_starting_meanwhile() => KeepsTheServerFromStartingMeanwhile(Settings, JournalContract.NewGroup());

    [PostgresFact]
    public Task Appends_a_new_configuration() => AppendsANewConfiguration(Settings, JournalContract.NewGroup());

    [PostgresFact]
    public async Task Inspect_prints_the_journal()
    {
        var group = JournalContract.NewGroup();
        await SeedAsync(Settings, group);

        var (code, text, error) = await RunAsync(Settings, group, "inspect");

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("journal         database ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("assword", text, StringComparison.Ordinal);
        Assert.Contains("log             1 to 3, the last of term 2", text, StringComparison.Ordinal);
    }

    [PostgresFact]
    public void Missing_tables_are_not_created()
    {
        var name = "db" + Guid.NewGuid().ToString("N")[..12];
        using var connection = new NpgsqlConnection(postgres.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        var empty = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name, Pooling = false }.ConnectionString;

        var refusal = Assert.Throws<RaftConfigurationException>(
            () => StoppedServer.Open(Settings with { ConnectionString = empty }, new ServerId("n1"), "kv"));

        Assert.Contains("has no journal there", refusal.Message, StringComparison.Ordinal);
        using var check = new NpgsqlConnection(empty);
        check.Open();
        using var tables = new NpgsqlCommand("SELECT to_regclass('raft_journal') IS NULL", check);
        Assert.True((bool)tables.ExecuteScalar()!);
    }
}
