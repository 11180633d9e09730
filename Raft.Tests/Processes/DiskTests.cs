using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Disks that are full, and disks that do not hold what was written.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class DiskTests(ITestOutputHelper output)
{
    [RootTheory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task A_full_disk_takes_out_its_own_server_only_and_freed_space_brings_it_back(string journal)
    {
        using var cluster = new HostCluster(output, options => OnSmallDisk(HostCluster.WithJournal(options, journal)));
        await cluster.StartAsync();
        var processes = cluster.Hosts.Select(static host => host.ProcessId).ToArray();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster);

        var leader = await cluster.LeaderAsync();
        await FillAndFreeAsync(cluster, load, cluster.Hosts.First(host => host != leader));
        await FillAndFreeAsync(cluster, load, await cluster.LeaderAsync());

        await load.HoldAsync();
        await load.CheckListsAsync(cluster);
        Assert.Equal(processes, cluster.Hosts.Select(static host => host.ProcessId));
        Assert.All(cluster.Hosts, static host => Assert.False(host.HasExited));
    }

    [Fact]
    public async Task A_damaged_journal_is_refused_until_it_is_restored_and_the_others_go_on()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        await using var load = new WriteLoad(cluster.Hosts);
        await load.ProgressAsync(cluster, writes: 300);
        var leader = await cluster.LeaderAsync();
        var victim = cluster.Hosts.First(host => host != leader);
        var journal = new JournalFile(victim);

        await WithDamageAsync(cluster, load, victim, journal, () => journal.CorruptRowWith("w0-000003"));
        await WithDamageAsync(cluster, load, victim, journal, journal.DeleteMiddleRow);
        await load.HoldAsync();
        await load.CheckListsAsync(cluster);
    }

    /// <summary>A process goes on writing to a file that has no name any more, and the journal would be compacted behind what nobody ever finds again.</summary>
    [Fact]
    public async Task A_host_whose_snapshot_file_is_deleted_says_so_and_loses_nothing()
    {
        using var cluster = new HostCluster(
            output, static options => options with { Configuration = options.Configuration + "raft.snapshots.trailing-entries = 0\n" }, size: 1);
        await cluster.StartAsync();
        var host = cluster.Hosts[0];
        await host.Client.PutAsync("key", "before the first snapshot");
        Assert.Equal(200, (await host.Client.AdministerAsync(HttpMethod.Post, "/snapshots")).Status);
        await host.Client.PutAsync("key", "acknowledged");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(host.Options.DataDirectory, "kv", "n1"), "snapshots.db*"))
        {
            File.Delete(file);
        }

        var refused = await host.Client.AdministerAsync(HttpMethod.Post, "/snapshots");
        Assert.Equal(409, refused.Status);
        Assert.Contains("was deleted, moved or replaced", refused.Text, StringComparison.Ordinal);

        // The line and the answer leave the process by different ways.
        await cluster.EventuallyAsync(() =>
        {
            Assert.Contains("could not take a snapshot", host.Output, StringComparison.Ordinal);
            return Task.CompletedTask;
        });

        // The next one goes to a new file, and whoever dies then has it.
        var taken = await host.Client.AdministerAsync(HttpMethod.Post, "/snapshots");
        Assert.True(taken.Status == 200, taken.ToString());
        host.Kill();
        host.Start();
        await cluster.LeaderAsync();
        Assert.Contains("acknowledged", (await host.Client.GetAsync("key")).Text, StringComparison.Ordinal);
    }

    private static async Task FillAndFreeAsync(HostCluster cluster, WriteLoad load, HostProcess victim)
    {
        var others = cluster.Hosts.Where(host => host != victim).ToArray();
        var filler = $"/proc/{victim.ProcessId}/root{victim.Options.DataDirectory}/filler";
        var failures = Failures(victim);
        Fill(filler);
        try
        {
            await cluster.EventuallyAsync(() =>
            {
                Assert.True(Failures(victim) > failures, "it has not failed to write");
                return Task.CompletedTask;
            });
            var leader = await cluster.LeaderAsync(others);
            cluster.Log($"the disk of {victim.Id} is full, {leader.Id} leads; {load}");
            await load.ProgressAsync(cluster, writes: 100);
        }
        finally
        {
            File.Delete(filler);
        }

        var healed = await cluster.EventuallyAsync(async () =>
        {
            var ready = await victim.Client.ReadyAsync();
            Assert.True(ready.Status == 200, ready.Text);
        });
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        load.Resume();
        cluster.Log($"{victim.Id} is ready {healed} after its disk has space again; {load}");

        static int Failures(HostProcess host) => host.Output.Split("could not write to its journal").Length - 1;
    }

    private static async Task WithDamageAsync(HostCluster cluster, WriteLoad load, HostProcess victim, JournalFile journal, Action damage)
    {
        var copy = cluster.Path("copy");
        Assert.Equal(0, await victim.TerminateAsync());
        journal.CopyTo(copy);
        damage();
        victim.Start();
        await cluster.EventuallyAsync(async () =>
        {
            var ready = await victim.Client.ReadyAsync();
            Assert.Equal(503, ready.Status);
            Assert.Contains("the journal cannot be read", ready.Text, StringComparison.Ordinal);
        });

        // It is said before it is logged.
        await cluster.EventuallyAsync(() =>
        {
            Assert.Contains(
                victim.Output.Split('\n'),
                static line => line.Contains("ERROR", StringComparison.Ordinal) && line.Contains("cannot read its journal", StringComparison.Ordinal));
            return Task.CompletedTask;
        });

        // It says nothing that it does not know, and the others do without it.
        Assert.Null(await victim.Client.StatusAsync());
        Assert.Equal(503, (await victim.Client.GetAsync("w0-000003", stale: true)).Status);
        await load.ProgressAsync(cluster);
        await cluster.LeaderAsync([.. cluster.Hosts.Where(host => host != victim)]);
        Assert.False(victim.HasExited);

        Assert.Equal(0, await victim.TerminateAsync());
        journal.RestoreFrom(copy);
        victim.Start();
        await cluster.LeaderAsync();
        await load.ProgressAsync(cluster);
        await load.HoldAsync();
        load.Check(await cluster.ConvergedAsync(load.LastIndex));
        load.Resume();
    }

    // In a mount namespace of the host's own, and so gone with it.
    private static HostOptions OnSmallDisk(HostOptions options) => options with
    {
        Wrapper =
        [
            "unshare", "--mount", "--propagation", "private",
            "sh", "-c", "mkdir -p \"$0\" && mount -t tmpfs -o size=24m tmpfs \"$0\" && exec \"$@\"", options.DataDirectory,
        ],
    };

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var size = 1 << 20;
        while (size > 0)
        {
            try
            {
                file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // What of it fitted is written; try with less.
                size /= 2;
            }
        }
    }
}
