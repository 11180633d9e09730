using Raft.Actors.Elections;
using Raft.Actors.Model;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Elections;

public sealed class VotingRuleTests
{
    /// <summary>"If the logs have last entries with different terms, then the log with the later term is more up-to-date" (3.6.1).</summary>
    [Theory]
    [InlineData(5, 9, 5, 9, true)]
    [InlineData(5, 10, 5, 9, true)]
    [InlineData(5, 8, 5, 9, false)]
    [InlineData(6, 1, 5, 9, true)]
    [InlineData(4, 100, 5, 9, false)]
    [InlineData(0, 0, 0, 0, true)]
    [InlineData(0, 0, 1, 1, false)]
    public void The_later_term_counts_first_and_the_length_second(long term, long index, long ownTerm, long ownIndex, bool upToDate) =>
        Assert.Equal(upToDate, VotingRule.IsUpToDate(term, index, ownTerm, ownIndex));

    [Fact]
    public void A_vote_is_free_until_it_is_given_and_may_be_repeated()
    {
        Assert.True(VotingRule.IsFree(default, Server1));
        Assert.True(VotingRule.IsFree(Server1, Server1));
        Assert.False(VotingRule.IsFree(Server2, Server1));
    }

    [Theory]
    [InlineData(6, "n2", true)]
    [InlineData(5, "", true)]
    [InlineData(5, "n1", true)]
    [InlineData(5, "n2", false)]
    [InlineData(4, "", false)]
    public void A_pre_vote_compares_the_term_that_the_election_would_have(long campaignTerm, string votedFor, bool granted) =>
        Assert.Equal(granted, VotingRule.MayPreVote(
            campaignTerm, currentTerm: 5, votedFor.Length == 0 ? default : new ServerId(votedFor), Server1));
}
