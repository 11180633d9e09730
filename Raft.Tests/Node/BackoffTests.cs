using Raft.Actors.Dispatch;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(4, 800)]
    [InlineData(5, 1000)]
    [InlineData(31, 1000)]
    [InlineData(int.MaxValue, 1000)]
    public void The_pause_doubles_up_to_its_bound_less_a_random_fifth(int failures, int milliseconds)
    {
        var random = new Random(1);
        for (var i = 0; i < 100; i++)
        {
            var pause = Backoff.Exponential(Milliseconds(100), Milliseconds(1000), failures, random);
            Assert.InRange(pause, Milliseconds(milliseconds * 0.8), Milliseconds(milliseconds));
        }
    }

    [Fact]
    public void Long_bounds_do_not_overflow() => Assert.InRange(
        Backoff.Exponential(TimeSpan.FromDays(1), TimeSpan.FromDays(30), int.MaxValue, new Random(1)),
        TimeSpan.FromDays(24), TimeSpan.FromDays(30));
}
