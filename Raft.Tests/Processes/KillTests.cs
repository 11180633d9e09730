using System.Diagnostics;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>kill -9, at any moment, of any number of servers.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Rounds = 20;

    [Theory]
    [InlineData("sql")]
    [InlineData("segments")]
    public async Task Twenty_kills_under_load_lose_nothing_and_repeat_nothing(string journal)
    {
        var random = new Random(TestSeed.Value);
        using var cluster = new HostCluster(output, options => HostCluster.WithJournal(options, journal));
        await cluster.StartAsync();
        await using (var load = new WriteLoad(cluster.Hosts))
        {
            for (var round = 0; round < Rounds; round++)
            {
                await load.ProgressAsync(cluster);
                await Task.Delay(random.Next(300));
                var clock = Stopwatch.StartNew();
                HostProcess[] killed = round % 7 == 6
                    ? [.. cluster.Hosts]
                    : [random.Next(2) == 0 ? await cluster.LeaderAsync() : cluster.Hosts[random.Next(3)]];
                Array.ForEach(killed, static host => host.Kill());

                // Before the others have noticed, while they elect, or when they have long gone on.
                await Task.Delay(random.Next(4) * 500);
                Array.ForEach(killed, static host => host.Start());
                await cluster.LeaderAsync();
                await load.HoldAsync();
                load.Check(await cluster.ConvergedAsync(load.LastIndex));
                load.Resume();
                cluster.Log($"round {round}: {string.Join(' ', killed.Select(static host => host.Id))}, all the same again after {clock.Elapsed}; {load}");
            }

            await load.HoldAsync();
            load.Check(await cluster.ConvergedAsync(load.LastIndex));
            await load.CheckListsAsync(cluster);
            Assert.True(load.Acknowledged > Rounds * 20);
            Assert.All(cluster.Hosts, static host => Assert.DoesNotContain("Cannot find serializer", host.Output, StringComparison.Ordinal));
            var exits = await Task.WhenAll(cluster.Hosts.Select(static host => host.TerminateAsync()));
            Assert.All(exits, static code => Assert.Equal(0, code));

            var logs = cluster.Hosts.Select(static host => new JournalFile(host).Writes()).ToArray();
            Assert.All(logs, load.Check);
            Assert.All(logs, log => Assert.Equal(logs[0].Where(write => write.Index <= load.LastIndex), log.Where(write => write.Index <= load.LastIndex)));
        }
    }
}
