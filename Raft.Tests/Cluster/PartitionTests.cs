using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>What a cut network does to a group, and that mending it is all that is ever needed.</summary>
public sealed class PartitionTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task Each_server_isolated_in_turn_costs_no_acknowledged_command()
    {
        StartCluster(3);
        await Leader();
        var acknowledged = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            Network.Isolate(Id(number));
            var others = Servers.Where(server => server.Id != Id(number)).ToArray();
            var leader = await LeaderAmong(others);
            await Apply(leader, $"without-{number}");
            acknowledged.Add($"without-{number}");
            Network.Heal();
            await EveryoneApplied([.. acknowledged]);
        }
    }

    [Fact]
    [Trait("Category", SlowTest.Category)]
    public async Task Flapping_links_lose_nothing_and_repeat_nothing()
    {
        StartCluster(3);
        var acknowledged = new List<string>();
        for (var round = 0; round < 30; round++)
        {
            Network.Heal();
            var leader = await Leader();
            Network.Isolate(Id((round % 3) + 1));
            for (var i = 0; i < 5; i++)
            {
                var command = $"{round}.{i}";
                if (await Ask<object>(leader, new Apply(Bytes(command))) is Applied)
                {
                    acknowledged.Add(command);
                }
            }
        }

        Network.Heal();
        await Apply(await Leader(), "last");
        acknowledged.Add("last");
        await Eventually(() =>
        {
            string[] first = [.. Servers.First().Applied];
            Assert.Equal("last", first[^1]);
            Assert.All(Servers, server => Assert.Equal(first, server.Applied.AsEnumerable()));
            Assert.Equal(first.Length, first.Distinct().Count());
            Assert.Equal(acknowledged, first.Where(acknowledged.Contains));
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Lost_messages_are_sent_again()
    {
        StartCluster(3);
        var leader = await Leader();
        var count = 0;
        Network.Drop(message => message is AppendEntries or AppendEntriesResponse && Interlocked.Increment(ref count) % 3 == 0);
        var commands = Enumerable.Range(0, 200).Select(static number => $"c{number}").ToArray();
        await Task.WhenAll(commands.Select(command => Apply(leader, command)));
        Network.Heal();
        await EveryoneApplied(commands);
    }
}
