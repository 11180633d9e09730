using System.Collections.Immutable;
using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Replication;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

public sealed class CommitmentTests
{
    [Theory]
    [InlineData(1, new long[] { 9 }, 9)]
    [InlineData(2, new long[] { 9, 5 }, 5)]
    [InlineData(3, new long[] { 9, 5, 7 }, 7)]
    [InlineData(3, new long[] { 9, 0, 0 }, 0)]
    [InlineData(4, new long[] { 9, 8, 7, 6 }, 7)]
    [InlineData(5, new long[] { 9, 8, 7, 6, 5 }, 7)]
    [InlineData(6, new long[] { 9, 8, 7, 6, 5, 4 }, 6)]
    [InlineData(7, new long[] { 9, 8, 7, 6, 5, 4, 3 }, 6)]
    public void A_majority_commits(int size, long[] matched, long committed)
    {
        var commitment = new Commitment(Voters(size), startIndex: 1, commitIndex: 0);
        for (var i = 0; i < size; i++)
        {
            commitment.Match(Voters(size)[i], matched[i]);
        }

        Assert.Equal(committed, commitment.CommitIndex);
    }

    /// <summary>"Raft never commits log entries from previous terms by counting replicas" (3.6.2).</summary>
    [Fact]
    public void An_older_term_is_not_committed_by_counting_but_along_with_the_own_term()
    {
        var commitment = new Commitment(Voters(3), startIndex: 5, commitIndex: 2);
        Assert.False(commitment.Match(Server1, 4));
        Assert.False(commitment.Match(Server2, 4));
        Assert.False(commitment.Match(Server3, 4));
        Assert.Equal((2, false), (commitment.CommitIndex, commitment.HasCommittedInTerm));
        Assert.False(commitment.Match(Server1, 5));
        Assert.True(commitment.Match(Server3, 5));
        Assert.Equal((5, true), (commitment.CommitIndex, commitment.HasCommittedInTerm));
    }

    [Fact]
    public void The_commit_index_never_falls_and_strangers_do_not_count()
    {
        var commitment = new Commitment(Voters(3), 1, 0);
        commitment.Match(Server1, 8);
        Assert.False(commitment.Match(new ServerId("n9"), 8));
        Assert.True(commitment.Match(Server2, 6));
        Assert.Equal(6, commitment.CommitIndex);
        Assert.False(commitment.Match(Server2, 0), "it lost what it had confirmed");
        Assert.Equal(6, commitment.CommitIndex);
        Assert.False(commitment.Match(Server3, 3));
        Assert.True(commitment.Match(Server3, 7));
        Assert.Equal(7, commitment.CommitIndex);
    }

    [Fact]
    public void Without_voters_nothing_commits()
    {
        var commitment = new Commitment([], 1, 0);
        Assert.False(commitment.Match(Server1, 5));
        Assert.Equal(0, commitment.CommitIndex);
    }

    [Fact]
    public void Fewer_voters_may_commit_at_once_and_more_never_take_back()
    {
        var commitment = new Commitment(Voters(3), 1, 0);
        commitment.Match(Server1, 9);
        Assert.True(commitment.SetVoters([Server1]));
        Assert.Equal(9, commitment.CommitIndex);
        Assert.False(commitment.SetVoters(Voters(5)));
        Assert.Equal(9, commitment.CommitIndex);
    }

    [Fact]
    public void A_voter_that_stays_keeps_its_match()
    {
        var commitment = new Commitment(Voters(4), 1, 0);
        commitment.Match(Server1, 9);
        commitment.Match(Server2, 7);
        Assert.Equal(0, commitment.CommitIndex);
        Assert.True(commitment.SetVoters(Voters(3)));
        Assert.Equal(7, commitment.CommitIndex);
    }

    /// <summary>A server that left may come back with an empty disk under its old id: what it once held counts no more.</summary>
    [Fact]
    public void A_voter_that_left_begins_anew_when_it_comes_back()
    {
        var commitment = new Commitment(Voters(3), 1, 0);
        commitment.Match(Server3, 9);
        commitment.SetVoters([Server1, Server2]);
        commitment.SetVoters(Voters(3));
        Assert.False(commitment.Match(Server1, 9), "only n1 is known to hold entry 9");
        Assert.Equal(0, commitment.CommitIndex);
    }

    /// <summary>The highest index of the own term that a majority holds, and never less than before.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_commit_index_agrees_with_its_definition() =>
        Gen.Select(Gen.Int[1, 7], Gen.Long[1, 15], Gen.Select(Gen.Int[1, 7], Gen.Long[0, 20], Gen.Int[0, 9]).List[0, 40]).TryEach(
            static (size, startIndex, steps) =>
            {
                var voters = Voters(size);
                var commitment = new Commitment(voters, startIndex, commitIndex: 0);
                var matched = voters.ToDictionary(static voter => voter, static _ => 0L);
                var expected = 0L;
                foreach (var (number, index, kind) in steps)
                {
                    bool rose;
                    if (kind == 0)
                    {
                        voters = Voters(number);
                        matched = voters.ToDictionary(static voter => voter, voter => matched.GetValueOrDefault(voter));
                        rose = commitment.SetVoters(voters);
                    }
                    else
                    {
                        var server = new ServerId($"n{number}");
                        matched[server] = index;
                        rose = commitment.Match(server, index);
                    }

                    var previously = expected;
                    expected = Math.Max(expected, Definition(voters, matched, startIndex));
                    Assert.Equal((expected, expected > previously), (commitment.CommitIndex, rose));
                }
            },
            inputs: 3000);

    private static long Definition(ImmutableArray<ServerId> voters, Dictionary<ServerId, long> matched, long startIndex)
    {
        for (var index = 20L; index >= startIndex; index--)
        {
            if (voters.Count(voter => matched[voter] >= index) * 2 > voters.Length)
            {
                return index;
            }
        }

        return 0;
    }
}
