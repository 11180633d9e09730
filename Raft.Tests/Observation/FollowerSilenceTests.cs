using Raft.Actors.Observation;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Observation;

public sealed class FollowerSilenceTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly FollowerSilence _silence = new();

    private TimeSpan? Look(double now, double? contact) =>
        _silence.Look(Server1, contact is { } at ? TimeSpan.FromSeconds(at) : null, TimeSpan.FromSeconds(now), Timeout);

    [Fact]
    public void Silence_and_its_end_are_told_once()
    {
        Assert.Null(Look(10, 9.9));
        Assert.Null(Look(10.9, 9.9));
        Assert.Equal(TimeSpan.FromSeconds(1.5), Look(11.4, 9.9));
        Assert.Null(Look(12, 9.9));
        Assert.Equal(TimeSpan.Zero, Look(13, 12.9));
        Assert.Null(Look(13.5, 12.9));
    }

    [Fact]
    public void A_follower_that_never_answered_is_silent_from_the_first_check_on()
    {
        Assert.Null(Look(10, null));
        Assert.Null(Look(11, null));
        Assert.Equal(TimeSpan.FromSeconds(2), Look(12, null));
    }

    [Fact]
    public void A_follower_that_left_and_came_back_begins_anew()
    {
        Assert.Null(Look(10, null));
        _silence.Retain(static _ => false);
        Assert.Null(Look(20, null));
        _silence.Retain(static _ => true);
        Assert.NotNull(Look(22, null));
    }
}
