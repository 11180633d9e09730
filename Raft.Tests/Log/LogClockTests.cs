using Raft.Actors.Log;
using Xunit;

namespace Raft.Tests.Log;

public sealed class LogClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static long Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    [Fact]
    public void Stamps_begin_with_the_wall_clock_and_advance_by_the_monotonic_one()
    {
        var clock = new LogClock(Noon, Of(Noon.AddHours(-1)), TimeSpan.FromSeconds(100));

        Assert.Equal(Of(Noon), clock.Stamp(TimeSpan.FromSeconds(100)));
        Assert.Equal(Of(Noon) + 2500, clock.Stamp(TimeSpan.FromSeconds(102.5)));
    }

    [Fact]
    public void A_leader_whose_wall_clock_is_behind_goes_on_from_the_last_stamp()
    {
        var clock = new LogClock(Noon, Of(Noon.AddHours(1)), TimeSpan.Zero);

        Assert.Equal(Of(Noon.AddHours(1)) + 1000, clock.Stamp(TimeSpan.FromSeconds(1)));
    }
}
