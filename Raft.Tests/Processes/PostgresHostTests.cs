using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Three hosts on one PostgreSQL server, which is not how to run them: they share its fate, and come back with it.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class PostgresHostTests(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task A_group_in_PostgreSQL_outlives_a_kill_and_heals_when_the_database_hung_or_was_stopped()
    {
        // A server of the test's own, for it is stopped.
        using var postgres = new PostgresFixture(mayBeGiven: false);
        using var cluster = new HostCluster(output, options => options with
        {
            Files = [RepositoryFile("hocon/postgres.conf")],
            Configuration = options.Configuration + $$"""
                raft.storage { provider = postgres, connection-string = "{{postgres.ConnectionString}}" }
                """,
        });
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);

        var killed = await cluster.LeaderAsync();
        killed.Kill();
        await load.ProgressAsync(cluster);
        killed.Start();
        await SameEverywhereAsync(cluster, load);
        var processes = cluster.Hosts.Select(static host => host.ProcessId).ToArray();

        // The journal hangs: nobody can commit, and nobody says that he has.
        var server = Family(postgres.ServerProcessId());
        server.ForEach(static process => Spawner.Send(process, Signal.Stop));
        try
        {
            await cluster.EventuallyAsync(async () =>
                Assert.DoesNotContain(await Task.WhenAll(cluster.Hosts.Select(static host => host.Client.StatusAsync())), static view => view?.Role == "leader"));
        }
        finally
        {
            server.ForEach(static process => Spawner.Send(process, Signal.Continue));
        }

        await SameEverywhereAsync(cluster, load);
        cluster.Log($"after the hang: {load}");

        // The journal fails.
        postgres.Stop();
        try
        {
            await cluster.EventuallyAsync(async () => Assert.All(
                await Task.WhenAll(cluster.Hosts.Select(static host => host.Client.ReadyAsync())), static ready => Assert.NotEqual(200, ready.Status)));
        }
        finally
        {
            postgres.Restart();
            NpgsqlConnection.ClearAllPools();
        }

        await SameEverywhereAsync(cluster, load);
        cluster.Log($"after the stop: {load}");
        Assert.Equal(processes, cluster.Hosts.Select(static host => host.ProcessId));
        Assert.All(cluster.Hosts, static host => Assert.False(host.HasExited));
    }

    private static async Task SameEverywhereAsync(HostCluster cluster, WriteLoad load)
    {
        var healed = await cluster.EventuallyAsync(() => cluster.LeaderAsync());
        cluster.Log($"a leader after {healed}");
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        await load.CheckListsAsync(cluster);
        load.Resume();
    }

    /// <summary>A process and its children: each of PostgreSQL's sessions is one.</summary>
    private static List<int> Family(int parent)
    {
        var family = new List<int> { parent };
        foreach (var directory in Directory.GetDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                // "pid (name) state parent …", the name being anything.
                var stat = File.ReadAllText(Path.Combine(directory, "stat"));
                if (int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) == parent)
                {
                    family.Add(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return family;
    }

    private static string RepositoryFile(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", name));
}
