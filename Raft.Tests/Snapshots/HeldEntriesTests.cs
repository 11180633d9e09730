using Raft.Actors.Snapshots;
using Xunit;

namespace Raft.Tests.Snapshots;

public sealed class HeldEntriesTests
{
    // Each entry has ten bytes.
    private static long Boundary(long index, long baseIndex, long limit, params long[] needed) =>
        HeldEntries.Boundary(index, baseIndex, needed, limit, static _ => 10);

    [Fact]
    public void Without_a_follower_that_needs_them_all_entries_may_go() => Assert.Equal(100, Boundary(100, 0, 1000));

    [Fact]
    public void Entries_that_the_slowest_follower_needs_are_kept() => Assert.Equal(20, Boundary(100, 10, 1000, 50, 20, 90));

    [Fact]
    public void A_follower_that_needs_only_later_entries_keeps_none() => Assert.Equal(100, Boundary(100, 10, 1000, 100, 150));

    [Fact]
    public void A_follower_that_needs_deleted_entries_keeps_none() => Assert.Equal(100, Boundary(100, 10, 1000, 9));

    [Fact]
    public void A_follower_that_needs_deleted_entries_does_not_affect_others() => Assert.Equal(60, Boundary(100, 10, 1000, 9, 60));

    [Fact]
    public void A_follower_that_needs_the_whole_log_keeps_it() => Assert.Equal(10, Boundary(100, 10, 1000, 10));

    [Fact]
    public void No_more_than_the_limit_is_kept()
    {
        Assert.Equal(90, Boundary(100, 10, 100, 90));
        Assert.Equal(100, Boundary(100, 10, 99, 90));
    }

    [Fact]
    public void A_follower_that_needs_too_much_does_not_affect_others() => Assert.Equal(95, Boundary(100, 10, 100, 20, 95));
}
