using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>
/// Figure 7 of the extended paper (figure 3.6 of the dissertation): "when the leader at the top comes to power, it is
/// possible that any of scenarios (a) to (f) could occur in follower logs". Entry 1 is the configuration of the seven.
/// </summary>
public sealed class Figure7Tests(ITestOutputHelper output) : ScenarioTest(output)
{
    private static readonly long[] TopLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];

    private static readonly long[][] FollowerLogs =
    [
        [1, 1, 1, 4, 4, 5, 5, 6, 6],          // (a) misses an entry
        [1, 1, 1, 4],                         // (b) misses many
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],    // (c) has one more
        [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], // (d) led term 7 and has two more
        [1, 1, 1, 4, 4, 4, 4],                // (e) led term 4: misses some, has others
        [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],    // (f) led terms 2 and 3
    ];

    [Fact]
    public async Task The_leader_of_term_8_brings_every_follower_in_line()
    {
        var configuration = ConfigurationOf(7);
        var servers = new List<TestServer>();
        for (var number = 2; number <= 7; number++)
        {
            var settings = Patient(SettingsOf(number, 7));
            servers.Add(await StartWithLog(settings, term: 7, configuration, FollowerLogs[number - 2]));
        }

        // (c) and (d) have more than the leader and do not vote for it; (a), (b), (e) and (f) do: a majority with its own.
        Network.Records = static message => message is AppendEntries or VoteResponse;
        var leader = await StartWithLog(SettingsOf(1, 7), term: 7, configuration, TopLog);
        Assert.Same(leader, await LeaderAmong(leader));
        Assert.Equal(8, (await StatusOf(leader)).Term);
        await Apply(leader, "x");

        var terms = await EqualLogs([leader, .. servers]);
        Assert.Equal([.. TopLog, 8, 8], terms);
        await EveryoneApplied([.. Enumerable.Range(2, 9).Select(index => $"{index}/{TopLog[index - 1]}"), "x"]);
        Assert.DoesNotContain(
            Network.Delivered.OfType<VoteResponse>(), static vote => vote.Granted && (vote.Header.From == Id(4) || vote.Header.From == Id(5)));
    }
}
