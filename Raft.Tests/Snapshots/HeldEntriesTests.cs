using Raft.Actors.Snapshots;
using Xunit;

namespace Raft.Tests.Snapshots;

public sealed class HeldEntriesTests
{
    // Each entry has ten bytes.
    private static long Boundary(long index, long baseIndex, long limit, params long[] needed) =>
        HeldEntries.Boundary(index, baseIndex, needed, limit, static _ => 10);

    [Fact]
    public void Without_anybody_who_needs_them_all_may_go() => Assert.Equal(100, Boundary(100, 0, 1000));

    [Fact]
    public void What_the_furthest_follower_needs_stays() => Assert.Equal(20, Boundary(100, 10, 1000, 50, 20, 90));

    [Fact]
    public void Who_needs_nothing_of_what_goes_holds_nothing() => Assert.Equal(100, Boundary(100, 10, 1000, 100, 150));

    [Fact]
    public void Who_needs_what_is_gone_already_holds_nothing() => Assert.Equal(100, Boundary(100, 10, 1000, 9));

    [Fact]
    public void Who_needs_what_is_gone_already_does_not_spoil_it_for_others() => Assert.Equal(60, Boundary(100, 10, 1000, 9, 60));

    [Fact]
    public void Who_needs_the_whole_log_holds_it() => Assert.Equal(10, Boundary(100, 10, 1000, 10));

    [Fact]
    public void No_more_than_the_limit_is_held()
    {
        Assert.Equal(90, Boundary(100, 10, 100, 90));
        Assert.Equal(100, Boundary(100, 10, 99, 90));
    }

    [Fact]
    public void Who_needs_too_much_does_not_spoil_it_for_others() => Assert.Equal(95, Boundary(100, 10, 100, 20, 95));
}
