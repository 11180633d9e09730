using Raft.Actors.Membership;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Membership;

/// <summary>Rounds of catching up (dissertation 4.2.1).</summary>
public sealed class CatchUpTests
{
    private readonly CatchUp _catchUp = new(1000, Milliseconds(0), electionTimeout: Milliseconds(100), timeout: Milliseconds(1000));

    [Fact]
    public void A_server_that_lacks_entries_of_the_round_is_not_close()
    {
        Assert.False(_catchUp.IsClose(999, 1000, Milliseconds(10)));
        Assert.Equal(1, _catchUp.Rounds);
    }

    [Fact]
    public void A_round_within_an_election_timeout_is_the_last() => Assert.True(_catchUp.IsClose(1000, 1500, Milliseconds(100)));

    [Fact]
    public void A_round_that_took_longer_is_followed_by_another()
    {
        Assert.False(_catchUp.IsClose(1000, 1200, Milliseconds(101)));
        Assert.Equal(2, _catchUp.Rounds);
        Assert.False(_catchUp.IsClose(1199, 1250, Milliseconds(150)));
        Assert.True(_catchUp.IsClose(1200, 1250, Milliseconds(201)));
    }

    [Fact]
    public void A_slow_round_after_which_nothing_is_missing_is_enough() => Assert.True(_catchUp.IsClose(1000, 1000, Milliseconds(500)));

    [Fact]
    public void Catching_up_ends_after_its_timeout()
    {
        Assert.False(_catchUp.IsOver(Milliseconds(999)));
        Assert.True(_catchUp.IsOver(Milliseconds(1000)));
    }
}
