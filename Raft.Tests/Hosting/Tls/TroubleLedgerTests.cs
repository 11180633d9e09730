using Raft.Actors.Hosting.Tls;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

public sealed class TroubleLedgerTests
{
    [Fact]
    public void The_same_trouble_is_news_once_a_minute_and_other_trouble_at_once()
    {
        var clock = new HandClock();
        var ledger = new TroubleLedger(clock);
        Assert.True(ledger.IsNews("n2", "expired"));
        Assert.False(ledger.IsNews("n2", "expired"));
        Assert.True(ledger.IsNews("n3", "expired"));
        Assert.True(ledger.IsNews("n2", "unknown issuer"));
        clock.Ticks += TroubleLedger.Interval.Ticks;
        Assert.True(ledger.IsNews("n2", "unknown issuer"));
    }

    [Fact]
    public void The_end_of_trouble_is_news_once()
    {
        var ledger = new TroubleLedger(new HandClock());
        Assert.False(ledger.IsMended("n2"));
        Assert.True(ledger.IsNews("n2", "expired"));
        Assert.True(ledger.IsMended("n2"));
        Assert.False(ledger.IsMended("n2"));
        Assert.True(ledger.IsNews("n2", "expired"));
    }

    private sealed class HandClock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
