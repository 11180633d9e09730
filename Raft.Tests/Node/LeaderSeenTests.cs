using Raft.Actors.Node;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

public sealed class LeaderSeenTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_leader_lives_for_a_while_after_it_was_heard()
    {
        var seen = new LeaderSeen(startedAt: TimeSpan.Zero);
        seen.Change(Server1, "akka.tcp://raft@there:1");
        Assert.False(seen.IsLive(Second, Second));

        seen.Hear(Second);

        Assert.True(seen.IsLive(1.9 * Second, Second));
        Assert.False(seen.IsLive(2 * Second, Second));
    }

    [Fact]
    public void Without_a_leader_none_lives_whoever_was_heard()
    {
        var seen = new LeaderSeen(startedAt: TimeSpan.Zero);
        seen.Change(Server1);
        seen.Hear(Second);

        seen.Change(default);

        Assert.False(seen.IsLive(Second, Second));
    }

    [Fact]
    public void Who_led_a_term_is_remembered_when_the_leader_is_not()
    {
        var seen = new LeaderSeen(startedAt: TimeSpan.Zero);
        seen.Lead(3, Server1);
        seen.Change(default);

        var broken = Assert.Throws<SafetyBrokenException>(() => seen.CheckSole(3, Server2));
        Assert.False(broken.IsOfCommitted);
        Assert.Contains($"which {Server1} leads", broken.Message, StringComparison.Ordinal);
        seen.CheckSole(3, Server1);
        seen.CheckSole(4, Server2);
    }

    [Fact]
    public void A_leader_may_be_forgotten_right_after_a_start()
    {
        var seen = new LeaderSeen(startedAt: Second);

        Assert.True(seen.MayBeForgotten(1.9 * Second, Second));
        Assert.False(seen.MayBeForgotten(2 * Second, Second));
    }
}
