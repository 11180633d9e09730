using Raft.Actors.Elections;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Elections;

public sealed class ElectionTimerTests
{
    [Fact]
    public void A_wait_lasts_between_the_timeout_and_twice_it_and_differs_each_time()
    {
        var timer = new ElectionTimer(new Random(1));
        var waits = Enumerable.Range(0, 1000).Select(_ => timer.Begin(default, Milliseconds(100))).ToArray();
        Assert.All(waits, static wait => Assert.InRange(wait, Milliseconds(100), Milliseconds(200)));
        Assert.True(waits.Distinct().Count() > 900);
        Assert.True(waits.Min() < Milliseconds(110) && waits.Max() > Milliseconds(190));
    }

    [Fact]
    public void Contact_moves_the_deadline_by_the_same_time()
    {
        var timer = new ElectionTimer(new Random(1));
        var wait = timer.Begin(Milliseconds(1000), Milliseconds(100));
        Assert.Equal(wait, timer.Remaining(Milliseconds(1000)));
        Assert.Equal(wait - Milliseconds(70), timer.Remaining(Milliseconds(1070)));
        timer.Extend(Milliseconds(1070));
        Assert.Equal(wait, timer.Remaining(Milliseconds(1070)));
        Assert.True(timer.Remaining(Milliseconds(1070) + wait) <= TimeSpan.Zero);
        Assert.True(timer.Remaining(Milliseconds(1069) + wait) > TimeSpan.Zero);
    }

    [Fact]
    public void One_seed_gives_the_same_waits()
    {
        var (one, other) = (new ElectionTimer(new Random(7)), new ElectionTimer(new Random(7)));
        Assert.Equal(one.Begin(default, Milliseconds(100)), other.Begin(default, Milliseconds(100)));
    }
}
