using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A server's data that were backed up, and put back later (docs/operations.md, "What may I do").</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class CopiedDiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_host_that_is_given_an_older_copy_of_its_data_says_so_and_ends_and_an_empty_one_is_filled_up()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var first = await cluster.Hosts[0].Client.PutAsync("key", "backed up");
        await cluster.ConvergedAsync(first.Index);
        var leader = await cluster.LeaderAsync();
        var host = cluster.Hosts.First(other => other != leader);
        Assert.Equal(0, await host.TerminateAsync());
        DirectoryCopy.Make(host.Options.DataDirectory, cluster.Path("backup"));
        host.Start();
        var second = await leader.Client.PutAsync("key", "after the backup");
        await cluster.ConvergedAsync(second.Index);
        Assert.Equal(0, await host.TerminateAsync());

        Directory.Delete(host.Options.DataDirectory, recursive: true);
        DirectoryCopy.Make(cluster.Path("backup"), host.Options.DataDirectory);
        host.Start();
        Assert.NotEqual(0, await host.ExitAsync());
        var line = Assert.Single(host.Error.Split('\n'), static line => line.Contains(" is a copy: ", StringComparison.Ordinal));
        Assert.Contains("Start the server with an empty directory", line, StringComparison.Ordinal);

        Directory.Delete(host.Options.DataDirectory, recursive: true);
        host.Start();
        await cluster.ConvergedAsync(second.Index);
        Assert.Contains("after the backup", (await host.Client.GetAsync("key", stale: true)).Text, StringComparison.Ordinal);
    }
}
