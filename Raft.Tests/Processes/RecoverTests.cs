using System.Text.Json;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A majority is lost for good: what the last server still has goes on.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class RecoverTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_last_server_of_three_is_recovered_and_two_fresh_ones_are_added_and_all_have_all_acknowledged_writes()
    {
        using var cluster = new HostCluster(output, size: 5, members: 3);
        await cluster.StartAsync();
        await using var load = new WriteLoad([.. cluster.Hosts.Take(3)]);
        await load.ProgressAsync(cluster, 50);
        await load.HoldAsync();
        var written = await cluster.ConvergedAsync(load.LastIndex, "", [.. cluster.Hosts.Take(3)]);
        load.Check(written);
        var (left, lost) = (cluster["n3"], new[] { cluster["n1"], cluster["n2"] });
        Assert.Contains("runs server n3 of group kv", Run(cluster, left, 1, "inspect"), StringComparison.Ordinal);
        foreach (var host in lost)
        {
            host.Kill();
            Directory.Delete(host.Options.Directory, recursive: true);
        }

        Assert.Equal(0, await left.TerminateAsync());
        var before = JsonDocument.Parse(Run(cluster, left, 0, "inspect", "--json", "--last", "5")).RootElement;
        Assert.Empty(before.GetProperty("problems").EnumerateArray());
        Assert.True(before.GetProperty("lastIndex").GetInt64() >= load.LastIndex);
        Assert.Equal(5, before.GetProperty("entries").GetArrayLength());

        Assert.Contains("add --yes", Run(cluster, left, 1, "recover", "--servers", Server(cluster, left)), StringComparison.Ordinal);
        Run(cluster, left, 0, "recover", "--servers", Server(cluster, left), "--yes");
        left.Start();
        await cluster.LeaderAsync(left);
        load.Check(await cluster.ConvergedAsync(load.LastIndex, "", left));
        Assert.Equal(Known.Done, (await left.Client.PutAsync("after", "the loss")).Outcome);
        // Two that have nothing are added: they know of no group until the leader calls.
        HostProcess[] fresh = [cluster["n4"], cluster["n5"]];
        foreach (var host in fresh)
        {
            host.Start();
            var added = await left.Client.AdministerAsync(HttpMethod.Put, $"/members/{host.Id}?address={Server(cluster, host).Split('@')[1]}");
            Assert.True(added.Status == 200, added.ToString());
        }

        var answer = await fresh[0].Client.PutAsync("after", "all");
        Assert.Equal(Known.Done, answer.Outcome);
        var state = await cluster.ConvergedAsync(answer.Index, "", [left, .. fresh]);
        Assert.All(written.Keys, key => Assert.Equal(key.Value, state.Keys[key.Key]));
        await left.TerminateAsync();
        var after = JsonDocument.Parse(Run(cluster, left, 0, "inspect", "--json")).RootElement;
        Assert.Equal(6, after.GetProperty("configurations").GetArrayLength());
    }

    private static string Server(HostCluster cluster, HostProcess host)
    {
        var address = cluster.AddressOf(host);
        return $"{host.Id}@{address.Host}:{address.Port}";
    }

    /// <summary>Runs a command of the host for a stopped server, and returns what it said.</summary>
    private static string Run(HostCluster cluster, HostProcess host, int exitCode, params string[] command)
    {
        var (code, text) = host.Run([command[0], "--config", "node.conf", .. command[1..]]);
        cluster.Log($"{string.Join(' ', command)} on {host.Id}: {code}\n{text}");
        Assert.Equal(exitCode, code);
        return text;
    }
}
