using CsCheck;
using Raft.Actors.Log;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

/// <summary>The consistency check of AppendEntries and the leader's way back after a mismatch (dissertation 3.5).</summary>
public sealed class LogMatchingTests
{
    [Fact]
    public void A_log_that_is_too_short_says_where_it_ends()
    {
        var match = LogMatching.Check(LogOf(1, 1).View, prevLogIndex: 5, prevLogTerm: 1, Entries(6, 1));
        Assert.Equal(LogMatch.Mismatch(conflictTerm: 0, conflictIndex: 3), match);
    }

    [Fact]
    public void Another_term_at_the_previous_index_says_which_and_where_it_begins()
    {
        var match = LogMatching.Check(LogOf(1, 2, 2, 2).View, prevLogIndex: 4, prevLogTerm: 3, []);
        Assert.Equal(LogMatch.Mismatch(conflictTerm: 2, conflictIndex: 2), match);
    }

    [Fact]
    public void The_beginning_of_the_log_always_matches() =>
        Assert.Equal(LogMatch.Matches(1, 0), LogMatching.Check(LogOf(2, 2).View, 0, 0, Entries(1, 3)));

    [Fact]
    public void Entries_that_are_held_already_are_known_and_the_first_that_differs_is_not()
    {
        var log = LogOf(1, 1, 2, 2).View;
        Assert.Equal(LogMatch.Matches(3, 2), LogMatching.Check(log, 1, 1, Entries(2, 1, 2)));
        Assert.Equal(LogMatch.Matches(4, 1), LogMatching.Check(log, 1, 1, Entries(2, 1, 3, 3)));
        Assert.Equal(LogMatch.Matches(5, 0), LogMatching.Check(log, 4, 2, Entries(5, 2)));
    }

    /// <summary>A late message may end before the log does: it says nothing of what lies behind it (3.5).</summary>
    [Fact]
    public void A_match_reaches_as_far_as_the_message_and_not_as_far_as_the_log() =>
        Assert.Equal(LogMatch.Matches(2, 1), LogMatching.Check(LogOf(1, 1, 1, 1).View, 1, 1, Entries(2, 1)));

    [Fact]
    public void A_compacted_previous_entry_matches()
    {
        var log = new RaftLog(baseIndex: 10, baseTerm: 2);
        log.Append(Entries(11, 2, 3));
        Assert.Equal(LogMatch.Matches(12, 7), LogMatching.Check(log.View, 5, 1, Entries(6, 1, 2, 2, 2, 2, 2, 3)));
        Assert.Equal(LogMatch.Matches(11, 0), LogMatching.Check(log.View, 10, 2, Entries(11, 5)));
        Assert.Equal(LogMatch.Mismatch(3, 12), LogMatching.Check(log.View, 12, 4, []));
    }

    [Theory]
    [InlineData(new long[] { 1, 1, 2, 2, 4 }, 5, 2, 3, 5)] // it has term 2 too: behind its own last entry of it
    [InlineData(new long[] { 1, 1, 4, 4, 4 }, 5, 3, 2, 2)] // it has no term 3: at the follower's first
    [InlineData(new long[] { 1, 1, 4, 4, 4 }, 4, 0, 3, 3)] // the follower's log ends at 2
    [InlineData(new long[] { 1, 1, 4, 4, 4 }, 4, 0, 9, 4)] // a hint that leads forward is not followed
    [InlineData(new long[] { 1, 1, 4, 4, 4 }, 4, 0, -3, 1)] // nor one that leads below the first entry
    [InlineData(new long[] { 4 }, 1, 3, 1, 1)]
    public void The_leader_goes_back_by_a_whole_term(long[] leader, long rejected, long conflictTerm, long conflictIndex, long next) =>
        Assert.Equal(next, LogMatching.NextIndexAfterConflict(LogOf(leader).View, rejected, conflictTerm, conflictIndex));

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_leader_goes_back_whatever_the_hint_says() =>
        Gen.Select(LogPairs.Histories, Gen.Long[-5, 60], Gen.Long[-5, 60], Gen.Int[0, 1000]).TryEach(
            static (history, conflictTerm, conflictIndex, place) =>
            {
                var log = LogPairs.Build(history).Leader.View;
                var rejected = 1 + (place % (log.LastIndex + 1));
                var next = LogMatching.NextIndexAfterConflict(log, rejected, conflictTerm, conflictIndex);
                return next >= 1 && next - 1 < rejected && next <= log.LastIndex + 1;
            },
            inputs: 2000);

    /// <summary>
    /// Any two logs that leaders could have left behind (they agree on everything before an entry of the same index and
    /// term) are made equal in a round trip for each term and two more, the last of which brings the entries.
    /// </summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Any_two_logs_converge_in_a_round_trip_for_each_term() =>
        LogPairs.Histories.TryEach(
            static history =>
            {
                var (leader, follower) = LogPairs.Build(history);
                var bound = leader.Distinct().Union(follower.Distinct()).Count() + 2;
                var rounds = Converge(leader, follower);
                Assert.Equal(TermsOf(leader.View), TermsOf(follower.View));
                Assert.InRange(rounds, 1, bound);
            },
            inputs: 3000);

    [Fact]
    public void Ten_thousand_diverging_entries_of_one_term_cost_two_round_trips()
    {
        var leader = LogOf([1, .. Times(10_000, 3)]);
        var follower = LogOf([1, .. Times(10_000, 2)]);
        Assert.Equal(2, Converge(leader, follower));
        Assert.Equal(TermsOf(leader.View), TermsOf(follower.View));
    }

    /// <summary>Plays AppendEntries between a leader elected just now and a follower; returns the round trips.</summary>
    private static int Converge(RaftLog leader, RaftLog follower)
    {
        var next = leader.LastIndex + 1;
        for (var rounds = 1; ; rounds++)
        {
            Assert.InRange(rounds, 1, 1000);
            var previous = next - 1;
            var entries = leader.View.Slice(next, int.MaxValue, long.MaxValue);
            var match = LogMatching.Check(follower.View, previous, leader.TermAt(previous)!.Value, entries);
            if (!match.IsMatch)
            {
                var back = LogMatching.NextIndexAfterConflict(leader.View, previous, match.ConflictTerm, match.ConflictIndex);
                Assert.True(back < next, "each reject moves the leader back");
                next = back;
                continue;
            }

            if (match.KnownEntries < entries.Length)
            {
                var first = entries[match.KnownEntries].Index;
                if (first <= follower.LastIndex)
                {
                    follower.TruncateFrom(first);
                }

                follower.Append(entries[match.KnownEntries..]);
            }

            Assert.Equal(leader.LastIndex, match.MatchIndex);
            if (follower.LastIndex > match.MatchIndex)
            {
                // The follower's log goes on behind the leader's: it is cut by the leader's next entry.
                follower.TruncateFrom(match.MatchIndex + 1);
            }

            return rounds;
        }
    }
}
