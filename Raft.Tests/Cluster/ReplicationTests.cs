using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

public sealed class ReplicationTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task A_single_voter_elects_itself_and_commits()
    {
        StartCluster(1);
        var leader = await Leader();
        var applied = await Apply(leader, "a");
        Assert.Equal("applied a", Text(applied.Result));
        await EveryoneApplied("a");
    }

    [Fact]
    public async Task Commands_reach_every_server_in_one_order()
    {
        StartCluster(3);
        var leader = await Leader();
        var commands = Enumerable.Range(0, 2000).Select(static number => $"c{number}").ToArray();
        var answers = await Task.WhenAll(commands.Select(command => Apply(leader, command)));
        Assert.Equal(answers.Select(static answer => answer.Index).Order(), answers.Select(static answer => answer.Index));
        await EveryoneApplied(commands);
    }
}
