using CsCheck;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Model;

public sealed class QuorumTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(6, 4)]
    [InlineData(7, 4)]
    public void A_majority_is_more_than_half(int voters, int size)
    {
        Assert.Equal(size, Quorum.SizeOf(voters));
        Assert.Equal(voters > 0, Quorum.IsReached(size, voters));
        Assert.False(Quorum.IsReached(size - 1, voters));
    }

    [Theory]
    [InlineData(new long[] { 9 }, 9)]
    [InlineData(new long[] { 5, 9 }, 5)]
    [InlineData(new long[] { 9, 5, 7 }, 7)]
    [InlineData(new long[] { 6, 9, 7, 8 }, 7)]
    [InlineData(new long[] { 5, 9, 6, 8, 7 }, 7)]
    public void A_majority_has_reached_the_lower_middle(long[] values, long reached) =>
        Assert.Equal(reached, Quorum.ReachedBy<long>(values));

    /// <summary>Any values: a majority has at least as much, and no majority has more.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void No_higher_value_is_reached_by_a_majority() =>
        Gen.Long[0, 9].Array[1, 9].TryEach(
            static values =>
            {
                var reached = Quorum.ReachedBy<long>([.. values]);
                return Quorum.IsReached(values.Count(value => value >= reached), values.Length)
                    && !Quorum.IsReached(values.Count(value => value > reached), values.Length);
            });

    [Fact]
    public void Without_voters_nothing_is_reached() =>
        Assert.Throws<ArgumentException>(static () => Quorum.ReachedBy<long>([]));
}
