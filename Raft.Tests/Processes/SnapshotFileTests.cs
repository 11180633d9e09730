using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A backup of a running group, and what operators do with it.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class SnapshotFileTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_group_that_is_lost_comes_back_from_its_file_through_a_follower_of_a_new_one_whose_leader_is_killed_then()
    {
        using var old = new HostCluster(output);
        await old.StartAsync();
        var value = new string('x', 50_000);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Known.Done, (await old.Hosts[0].Client.PutAsync($"k{i:D2}", $"{i} {value}")).Outcome);
        }

        var file = Path.Combine(Path.GetTempPath(), $"raft-test-{Environment.ProcessId}.raftsnap");
        try
        {
            var exported = old.Hosts[0].Run("snapshot", "export", file, "--url", old.Hosts[0].Options.Http.ToString());
            Assert.True(exported.ExitCode == 0, exported.Text);
            foreach (var host in old.Hosts)
            {
                host.Kill();
            }

            using var cluster = new HostCluster(output);
            await cluster.StartAsync();
            Assert.Equal(
                Known.Done, (await cluster.Hosts[0].Client.PutAsync("new", "goes with the state of the new group")).Outcome);
            var leader = await cluster.LeaderAsync();
            var follower = cluster.Hosts.First(host => host != leader);

            // The new group has the old one's name and is another: that must be said.
            var refused = follower.Run("snapshot", "import", file, "--yes", "--url", follower.Options.Http.ToString());
            Assert.True(
                refused.ExitCode == 1 && refused.Text.Contains("another group of the name 'kv'", StringComparison.Ordinal),
                refused.Text);
            var imported = follower.Run(
                "snapshot", "import", file, "--yes", "--from", "kv", "--url", follower.Options.Http.ToString());

            Assert.True(imported.ExitCode == 0, imported.Text);
            leader.Kill();
            leader.Start();
            var last = await WriteAsync(cluster);
            var listing = await cluster.ConvergedAsync(last.Index);
            Assert.Equal([.. Enumerable.Range(0, 20).Select(static i => $"k{i:D2}"), "last"], listing.Keys.Keys);
            Assert.Equal($"7 {value}", (await cluster.Hosts[0].Client.GetAsync("k07")).Text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<HostAnswer> WriteAsync(HostCluster cluster)
    {
        HostAnswer? answer = null;
        await cluster.EventuallyAsync(async () =>
        {
            answer = await (await cluster.LeaderAsync()).Client.PutAsync("last", "1");
            Assert.Equal(Known.Done, answer.Outcome);
        });
        return answer!;
    }
}
