using System.Text.Json;
using Microsoft.Data.Sqlite;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Host.CommandLine;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Maintenance.StoppedServerContract;

namespace Raft.Tests.Maintenance;

public sealed class SqliteStoppedServerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private RaftStorageSettings Settings => new() { Directory = _directory["data"] };

    private string Journal => _directory["data", "kv", "n1", "journal.db"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public Task Reads_what_a_server_left() => ReadsWhatAServerLeft(Settings, "kv");

    [Fact]
    public Task Keeps_the_server_from_starting_meanwhile() => KeepsTheServerFromStartingMeanwhile(Settings, "kv");

    [Fact]
    public Task Appends_a_new_configuration() => AppendsANewConfiguration(Settings, "kv");

    [Fact]
    public Task Reads_segments() => ReadsWhatAServerLeft(Settings with { Journal = JournalKind.Segments }, "kv");

    [Fact]
    public Task Keeps_the_server_from_starting_meanwhile_with_segments() =>
        KeepsTheServerFromStartingMeanwhile(Settings with { Journal = JournalKind.Segments }, "kv");

    [Fact]
    public Task Appends_a_new_configuration_to_segments() => AppendsANewConfiguration(Settings with { Journal = JournalKind.Segments }, "kv");

    [Theory]
    [InlineData(JournalKind.Sql)]
    [InlineData(JournalKind.Segments)]
    public async Task A_server_that_found_safety_broken_is_readmitted_when_that_is_confirmed(JournalKind journal)
    {
        var settings = Settings with { Journal = journal };
        var file = _directory["node.conf"];
        await File.WriteAllTextAsync(file, $"raft.storage.journal = {journal.ToString().ToLowerInvariant()}\n");
        await SeedAsync(settings, "kv", new SafetyBroken(2, "two leaders"));

        var (code, output, error) = await RunAsync(settings, "kv", "inspect", "--config", file);
        Assert.Contains("two leaders; up to entry 2 was known to be committed", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync(settings, "kv", "readmit", "--config", file);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("two leaders", output, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", error, StringComparison.Ordinal);

        (code, output, _) = await RunAsync(settings, "kv", "readmit", "--config", file, "--yes");
        Assert.Equal(ExitCode.Success, code);
        using (var server = StoppedServer.Open(settings, new ServerId("n1"), "kv"))
        {
            Assert.Null(server.Read().BrokenSafety);
        }

        (code, _, error) = await RunAsync(settings, "kv", "readmit", "--config", file, "--yes");
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("nothing to decide", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recover_leaves_an_impossible_term_behind()
    {
        await SeedAsync(Settings, "kv", new HardStateChanged(long.MaxValue - 1, default));

        var (code, output, error) = await RunAsync(Settings, "kv", "recover", "--servers", "n1@127.0.0.1:4053", "--yes");

        Assert.Equal((0, string.Empty), (code, error));
        Assert.DoesNotContain("term -", output, StringComparison.Ordinal);
        using var server = StoppedServer.Open(Settings, new ServerId("n1"), "kv");
        var report = server.Read();
        Assert.Empty(report.Problems);
        Assert.InRange(report.Term, 3, 1L << 22);
    }

    [Fact]
    public async Task Recover_accepts_a_copied_journal_as_the_groups_data()
    {
        await SeedAsync(Settings, "kv");
        File.Copy(Journal, Journal + ".backup");
        File.Move(Journal + ".backup", Journal, overwrite: true);
        Assert.Throws<RaftConfigurationException>(() => RaftStorage.Open(Settings, new ServerId("n1"), "kv"));

        var (code, _, error) = await RunAsync(Settings, "kv", "recover", "--servers", "n1@127.0.0.1:4053", "--yes");

        Assert.Equal((0, string.Empty), (code, error));
        RaftStorage.Open(Settings, new ServerId("n1"), "kv").Dispose();
    }

    [Fact]
    public async Task Reading_changes_nothing()
    {
        await SeedAsync(Settings, "kv");
        var before = await File.ReadAllBytesAsync(Journal);
        using (var server = StoppedServer.Open(Settings, new ServerId("n1"), "kv"))
        {
            Assert.Equal(3, server.Read().LastIndex);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(Journal));
    }

    [Fact]
    public void A_missing_journal_is_not_created()
    {
        var refusal = Assert.Throws<RaftConfigurationException>(() => StoppedServer.Open(Settings, new ServerId("n1"), "kv"));

        Assert.Contains("has no journal there", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["data"]));
    }

    [Fact]
    public async Task Inspect_prints_the_journal()
    {
        await SeedAsync(Settings, "kv");

        var (code, text, error) = await RunAsync(Settings, "kv", "inspect", "--from", "2");

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("term            2, voted for n3", text, StringComparison.Ordinal);
        Assert.Contains("log             1 to 3, the last of term 2", text, StringComparison.Ordinal);
        Assert.Contains("entry 1: n1@akka.tcp://raft@127.0.0.1:4053, n2@", text, StringComparison.Ordinal);
        var lines = text.TrimEnd().Split('\n');
        Assert.Matches(@"^ +2 +1 +command +1000 +2  -", lines[^2]);
        Assert.Matches(@"^ +3 +2 +command +0 +4  -", lines[^1]);
        Assert.Contains("index", lines[^3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_prints_JSON()
    {
        await SeedAsync(Settings, "kv");

        var (code, text, _) = await RunAsync(Settings, "kv", "inspect", "--json", "--last", "1");

        Assert.Equal(0, code);
        var root = JsonDocument.Parse(text).RootElement;
        Assert.Equal(2, root.GetProperty("term").GetInt64());
        Assert.Equal("n3", root.GetProperty("votedFor").GetString());
        Assert.Equal(3, root.GetProperty("configurations")[0].GetProperty("servers").GetArrayLength());
        Assert.Equal(3, Assert.Single(root.GetProperty("entries").EnumerateArray()).GetProperty("index").GetInt64());
    }

    [Fact]
    public async Task A_damaged_journal_is_listed_and_not_recovered()
    {
        await SeedAsync(Settings, "kv");
        using (var connection = new SqliteConnection($"Data Source={Journal};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE raft_journal SET message = x'0101' WHERE sequence_number = 2";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        var (code, text, error) = await RunAsync(Settings, "kv", "inspect");
        Assert.Equal(1, code);
        Assert.Contains("PROBLEM         event 2: ", text, StringComparison.Ordinal);
        Assert.Matches(@"\n +3 +2 +command", text);
        Assert.StartsWith("the journal is damaged", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync(Settings, "kv", "recover", "--servers", "n1@127.0.0.1:4053", "--yes");
        Assert.Equal(1, code);
        Assert.StartsWith("the journal of n1 is damaged (event 2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recover_says_what_it_would_do_and_does_it_only_when_confirmed()
    {
        await SeedAsync(Settings, "kv");
        var before = await File.ReadAllBytesAsync(Journal);

        var (code, text, error) = await RunAsync(Settings, "kv", "recover", "--servers", "n1@10.0.0.1:4053,n4@10.0.0.4:4053");

        Assert.Equal(1, code);
        Assert.Contains("nothing was changed", error, StringComparison.Ordinal);
        Assert.Contains("never committed", text, StringComparison.Ordinal);
        Assert.Contains("after    n1@akka.tcp://raft@10.0.0.1:4053, n4@akka.tcp://raft@10.0.0.4:4053 (entry 4)", text, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Journal));

        await File.WriteAllTextAsync(_directory["peers.json"], """
            [
              { "id": "n1", "address": "akka.tcp://raft@10.0.0.1:4053" },
              { "id": "n5", "address": "akka.tcp://raft@10.0.0.5:4053", "suffrage": "nonvoter" }
            ]
            """);
        (code, _, error) = await RunAsync(Settings, "kv", "recover", "--peers", _directory["peers.json"], "--yes");
        Assert.Equal((0, string.Empty), (code, error));
        using var server = StoppedServer.Open(Settings, new ServerId("n1"), "kv");
        Assert.Equal(
            "n1@akka.tcp://raft@10.0.0.1:4053, n5@akka.tcp://raft@10.0.0.5:4053 (nonvoter)", server.Read().Configuration!.Configuration.ToString());
    }

    [Theory]
    [InlineData("[ { \"id\": \"n1\", \"address\": \"10.0.0.1\" } ]", "is not an address")]
    [InlineData("[ { \"id\": \"n1\", \"address\": \"akka.tcp://raft@a:1\", \"suffrage\": \"witness\" } ]", "'witness' is unknown")]
    [InlineData("[ { \"id\": \"n1\", \"address\": \"akka.tcp://raft@a:1\" }, { \"id\": \"n1\", \"address\": \"akka.tcp://raft@a:2\" } ]", "listed twice")]
    [InlineData("[ { } ]", "is not a server id")]
    [InlineData("nonsense", "peers.json")]
    [InlineData("[]", "has no voter n1")]
    public async Task A_malformed_file_of_servers_is_refused(string content, string reason)
    {
        await SeedAsync(Settings, "kv");
        await File.WriteAllTextAsync(_directory["peers.json"], content);

        var (code, _, error) = await RunAsync(Settings, "kv", "recover", "--peers", _directory["peers.json"], "--yes");

        Assert.Equal(1, code);
        Assert.Contains(reason, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
