using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Host.CommandLine;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;
using static Raft.Tests.Maintenance.JournalAuditTests;

namespace Raft.Tests.Maintenance;

/// <summary>What operators' tools do with a real journal, the same for each provider.</summary>
internal static class StoppedServerContract
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ServerId N1 = new("n1");

    /// <summary>Writes a journal through the plugin, as a node does: three entries of two terms, and a vote.</summary>
    public static async Task SeedAsync(RaftStorageSettings settings, string group, params IJournalEvent[] more)
    {
        using var storage = RaftStorage.Open(settings, N1, group);
        var config = Akka.Configuration.ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }")
            .WithFallback(RaftSettings.DefaultConfig());
        var system = ActorSystem.Create("seed", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        try
        {
            var seed = system.ActorOf(Props.Create(() => new JournalSeed($"raft/{group}/n1", RaftStorage.JournalPlugin(group))));
            ImmutableArray<IJournalEvent> events =
            [
                new HardStateChanged(1, default),
                new EntriesAppended([ConfigurationEntry(1, 1, Configuration("n1", "n2", "n3")), Entry(2, 1, bytes: 1000)]),
                new HardStateChanged(2, new ServerId("n3")),
                new EntriesAppended([Entry(3, 2)]),
                .. more,
            ];
            await seed.Ask<JournalSeed.Done>(events, Limit);
        }
        finally
        {
            await system.Terminate();
        }
    }

    public static async Task ReadsWhatAServerLeft(RaftStorageSettings settings, string group)
    {
        await SeedAsync(settings, group);
        using var server = StoppedServer.Open(settings, N1, group);
        var report = server.Read();

        Assert.Empty(report.Problems);
        Assert.Equal(
            (4L, 2L, "n3", 3L, 2L), (report.Events, report.Term, report.VotedFor.Value, report.LastIndex, report.LastTerm));
        Assert.Equal([1L, 2, 3], report.Entries.Select(static entry => entry.Index));
        Assert.Equal(1000, report.Entries[1].DataBytes);
        Assert.Equal(Configuration("n1", "n2", "n3"), report.Configuration!.Configuration);
    }

    public static async Task KeepsTheServerFromStartingMeanwhile(RaftStorageSettings settings, string group)
    {
        await SeedAsync(settings, group);
        using (RaftStorage.Open(settings, N1, group))
        {
            var refusal = Assert.Throws<JournalInUseException>(() => StoppedServer.Open(settings, N1, group));
            Assert.Contains($"runs server n1 of group {group}", refusal.Message, StringComparison.Ordinal);
        }

        using (StoppedServer.Open(settings, N1, group))
        {
            Assert.Throws<JournalInUseException>(() => RaftStorage.Open(settings, N1, group));
        }

        RaftStorage.Open(settings, N1, group).Dispose();
    }

    public static async Task AppendsANewConfiguration(RaftStorageSettings settings, string group)
    {
        await SeedAsync(settings, group);
        var next = Configuration("n1", "n9");
        using (var server = StoppedServer.Open(settings, N1, group))
        {
            var plan = RecoveryPlan.Make(N1, server.Read(), next);
            await server.RecoverAsync(plan, TimeProvider.System);

            // A plan is for the journal that it was made for: a second time finds another one.
            await Assert.ThrowsAnyAsync<InvalidOperationException>(() => server.RecoverAsync(plan, TimeProvider.System));
        }

        using var again = StoppedServer.Open(settings, N1, group);
        var report = again.Read();
        Assert.Empty(report.Problems);
        Assert.Equal((6L, 4L), (report.Events, report.LastIndex));
        Assert.Equal((4L, next), (report.Configuration!.Index, report.Configuration.Configuration));
        Assert.Equal(report.Term, report.LastTerm);
        Assert.True(report.VotedFor.IsNone);
    }

    /// <summary>A command line's output, and what it ended with.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        RaftStorageSettings settings, string group, params string[] arguments)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["RAFT_SERVER_ID"] = "n1",
            ["RAFT_GROUP"] = group,
            ["RAFT_DATA"] = settings.Directory,
            ["RAFT_STORAGE_PROVIDER"] = settings.Provider == StorageProvider.Sqlite ? "sqlite" : "postgres",
            ["RAFT_STORAGE_CONNECTION_STRING"] = settings.ConnectionString,
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLineArguments.Parse(arguments) switch
        {
            CommandLineArguments.Inspect inspect => await InspectCommand.RunAsync(inspect, environment, output, error),
            CommandLineArguments.Readmit readmit => await ReadmitCommand.RunAsync(readmit, environment, output, error),
            CommandLineArguments.Recover recover => await RecoverCommand.RunAsync(recover, environment, output, error),
            var other => throw new ArgumentException($"{other}", nameof(arguments)),
        };
        return (code, output.ToString(), error.ToString());
    }
}
