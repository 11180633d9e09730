using Raft.Actors.Client;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Client;

/// <summary>A client of a real group whose leaders come and go.</summary>
public sealed class ClientClusterTests(ITestOutputHelper output) : ClusterTest(output)
{
    [Fact]
    public async Task Every_command_is_applied_once_while_leaders_are_killed()
    {
        StartCluster(3);
        var client = StartClient();
        var commands = Enumerable.Range(0, 300).Select(static number => $"c{number}").ToArray();
        var applied = Task.WhenAll(commands.Chunk(10).Select(async (chunk, place) =>
        {
            foreach (var command in chunk)
            {
                await client.ApplyAsync(Bytes(command), TimeSpan.FromSeconds(60));
            }
        }));
        for (var round = 0; round < 2; round++)
        {
            var leader = await Leader();
            await StopAsync(leader);
            await Leader();
            StartServer(leader.Settings);
        }

        await applied.WaitAsync(TimeSpan.FromSeconds(60));
        var order = await Settled();
        Assert.Equal(commands.Order(), order.Where(static command => command[0] == 'c').Order());
    }

    [Fact]
    public async Task A_client_reads_queries_and_reports_failures()
    {
        StartCluster(3);
        var client = StartClient();
        await client.ApplyAsync(Bytes("a"), TimeSpan.FromSeconds(20));
        Assert.Equal("a", Text((await client.ReadAsync(new ReadOnlyMemory<byte>(Bytes("all")))).Result));
        Assert.True((await client.RequestAsync<LeaderInfo>(new GetLeader())).Term > 0);
        var refused = await Assert.ThrowsAsync<RaftRequestException>(() => client.ApplyAsync(new byte[200_000]));
        Assert.Equal(Outcome.NotDone, refused.Outcome);
        Assert.IsType<TooLarge>(refused.Failure);
    }

    private RaftClient StartClient()
    {
        var settings = new RaftClientSettings
        {
            Group = "test",
            Contacts = [.. ConfigurationOf(3).Servers.Select(static server => server.Address)],
            AttemptTimeout = TimeSpan.FromMilliseconds(700),
        };
        return new RaftClient(Sys.ActorOf(RaftClientActor.Props(
            settings,
            address => Servers.FirstOrDefault(server => address.Contains(server.Id.Value, StringComparison.Ordinal))?.Supervisor ?? Sys.DeadLetters,
            7)));
    }
}
