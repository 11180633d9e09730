using CsCheck;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Elections;

public sealed class BallotTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(6, 4)]
    [InlineData(7, 4)]
    public void A_majority_wins_and_nothing_less(int size, int quorum)
    {
        var ballot = new Ballot(Voters(size));
        for (var votes = 1; votes <= size; votes++)
        {
            Assert.Equal(votes >= quorum, ballot.Record(Voters(size)[votes - 1], granted: true));
        }
    }

    [Fact]
    public void Refusals_do_not_win()
    {
        var ballot = new Ballot(Voters(3));
        foreach (var voter in Voters(3))
        {
            Assert.False(ballot.Record(voter, granted: false));
        }
    }

    [Fact]
    public void A_voter_counts_once_and_its_first_answer_holds()
    {
        var ballot = new Ballot(Voters(3));
        Assert.False(ballot.Record(Server1, granted: true));
        Assert.False(ballot.Record(Server1, granted: true));
        Assert.False(ballot.Record(Server2, granted: false));
        Assert.False(ballot.Record(Server2, granted: true));
        Assert.True(ballot.Record(Server3, granted: true));
    }

    [Fact]
    public void Answers_of_servers_that_do_not_vote_do_not_count()
    {
        var ballot = new Ballot(Voters(3));
        ballot.Record(Server1, granted: true);
        Assert.False(ballot.Record(new ServerId("n9"), granted: true));
        Assert.False(ballot.Record(default, granted: true));
    }

    [Fact]
    public void Without_voters_nobody_wins()
    {
        Assert.False(new Ballot([]).IsWon);
        Assert.False(new Ballot([]).Record(Server1, granted: true));
    }

    /// <summary>Two ballots of the same voters, each of whom has one vote, are never both won (election safety, figure 3.2).</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Two_candidates_never_both_win() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[0, 2].Array[7]).TryEach(
            static (size, choices) =>
            {
                var voters = Voters(size);
                var (one, other) = (new Ballot(voters), new Ballot(voters));
                for (var i = 0; i < size; i++)
                {
                    one.Record(voters[i], choices[i] == 1);
                    other.Record(voters[i], choices[i] == 2);
                }

                return !(one.IsWon && other.IsWon);
            });
}
