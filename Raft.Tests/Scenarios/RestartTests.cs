using System.Diagnostics;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Scenarios;

/// <summary>What a server that comes back is told.</summary>
public sealed class RestartTests(ITestOutputHelper output) : ScenarioTest(output)
{
    /// <summary>
    /// A follower that lost what it had confirmed breaks Raft's assumptions. The leader does not count on it and does
    /// not wear itself out over it either.
    /// </summary>
    [Fact]
    public async Task A_follower_that_lost_its_journal_is_asked_at_growing_intervals()
    {
        var follower = ProbeAs(2);
        await StartWithLog(Steadfast(SettingsOf(1, 2)), term: 1, ConfigurationOf(2), 1);
        Accept(follower, await Elect(follower));
        var clock = Stopwatch.StartNew();
        _ = Ask<object>(this[1], new Apply(Bytes("a")));
        for (var i = 0; i < 6; i++)
        {
            Reject(follower, await Next<AppendEntries>(follower), lastLogIndex: 0);
        }

        // 50, 100, 200, 200 and 200 ms, less up to a fifth of each.
        Assert.True(clock.Elapsed > TimeSpan.FromMilliseconds(600), $"six rejects within {clock.Elapsed}");
        Accept(follower, await Next<AppendEntries>(follower));
        await Eventually(() =>
        {
            Assert.Equal(["a"], this[1].Applied.AsEnumerable());
            return Task.CompletedTask;
        });
    }
}
