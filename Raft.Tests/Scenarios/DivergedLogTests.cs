using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Scenarios;

/// <summary>
/// "The follower can include the term of the conflicting entry and the first index it stores for that term ... one
/// AppendEntries RPC will be required for each term with conflicting entries, rather than one RPC per entry" (3.5).
/// </summary>
public sealed class DivergedLogTests(ITestOutputHelper output) : ScenarioTest(output)
{
    [Fact]
    public async Task Ten_thousand_diverging_entries_of_one_term_are_found_in_one_round_trip()
    {
        var rejects = await Repair([1, .. Times(10_000, 3)], [1, .. Times(10_000, 2)]);
        Assert.InRange(rejects, 1, 3);
    }

    [Fact]
    public async Task Ten_thousand_missing_entries_are_found_in_one_round_trip()
    {
        var rejects = await Repair([1, .. Times(10_000, 3)], [1]);
        Assert.InRange(rejects, 1, 3);
    }

    [Fact]
    public async Task Ten_thousand_uncommitted_entries_too_many_are_dropped()
    {
        var rejects = await Repair([1, 1, 1, 4], [1, .. Times(10_000, 2)]);
        Assert.InRange(rejects, 1, 3);
    }

    [Fact]
    public async Task Fifty_diverging_terms_cost_a_round_trip_each()
    {
        // The leader's log has the odd terms 3 to 101 and the follower's the even ones 2 to 100, four entries each.
        var rejects = await Repair(
            [1, .. Enumerable.Range(1, 50).SelectMany(static term => Times(4, (2 * term) + 1))],
            [1, .. Enumerable.Range(1, 50).SelectMany(static term => Times(4, 2 * term))]);
        Assert.InRange(rejects, 1, 52);
    }

    [Fact]
    public async Task Fifty_terms_that_both_have_are_skipped_by_the_leader_too()
    {
        // The follower missed the last two entries of each of the last ten terms; the leader has every term of the follower's.
        long[] common = [1, .. Enumerable.Range(2, 40).SelectMany(static term => Times(4, term))];
        var rejects = await Repair(
            [.. common, .. Enumerable.Range(51, 10).SelectMany(static term => Times(4, term))],
            [.. common, 42, 42, 43, 43, 43]);
        Assert.InRange(rejects, 1, 4);
    }

    /// <summary>
    /// A leader with one log brings a follower with another in line; returns how often the follower's log did not match.
    /// </summary>
    private async Task<int> Repair(long[] leaderLog, long[] followerLog)
    {
        OnlyCandidate(1);
        var term = Math.Max(leaderLog[^1], followerLog[^1]);
        Network.Records = static message => message is AppendEntriesResponse { Success: false };
        var follower = await StartWithLog(SettingsOf(2, 2), term, ConfigurationOf(2), followerLog);
        var leader = await StartWithLog(SettingsOf(1, 2), term, ConfigurationOf(2), leaderLog);
        await LeaderAmong(leader);
        var rejects = Network.Delivered.Count;
        var terms = await EqualLogs(leader, follower);
        Assert.Equal(leaderLog, terms.Take(leaderLog.Length));
        return rejects;
    }
}
