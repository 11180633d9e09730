using System.Net;
using Raft.Host.Http;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>No client takes all sessions.</summary>
public sealed class SessionSharesTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly IPAddress Client = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    private readonly HandClock _clock = new();
    private readonly SessionShares _shares;

    public SessionSharesTests() => _shares = new SessionShares(2, Lifetime, _clock);

    [Fact]
    public void A_client_has_its_share_and_others_have_theirs()
    {
        Begin(Client, 1);
        Begin(Client, 2);
        Assert.Null(_shares.Take(Client));
        Begin(Other, 3);
    }

    [Fact]
    public void A_session_that_ended_or_did_not_begin_counts_no_more()
    {
        Begin(Client, 1);
        _shares.GiveBack(_shares.Take(Client)!);
        Begin(Client, 2);
        Assert.Null(_shares.Take(Client));
        _shares.Ended(1);
        _shares.Ended(1);
        _shares.Ended(77);
        Begin(Client, 3);
        Assert.Null(_shares.Take(Client));
    }

    [Fact]
    public void A_session_counts_until_it_was_not_used_for_its_life()
    {
        Begin(Client, 1);
        Begin(Client, 2);
        _clock.Pass(Lifetime);
        _shares.Used(2);
        Assert.Null(_shares.Take(Client));
        _clock.Pass(TimeSpan.FromSeconds(1));
        Begin(Client, 3);
        Assert.Null(_shares.Take(Client));
    }

    [Fact]
    public void A_session_that_may_have_begun_counts_as_long()
    {
        Assert.NotNull(_shares.Take(Client));
        Assert.NotNull(_shares.Take(Client));
        Assert.Null(_shares.Take(Client));
        _clock.Pass(Lifetime + TimeSpan.FromSeconds(1));
        Assert.NotNull(_shares.Take(Client));
    }

    [Fact]
    public void A_client_is_an_address_or_a_network_of_64_bits()
    {
        Assert.Equal(SessionShares.ClientOf(Client), SessionShares.ClientOf(Client.MapToIPv6()));
        Assert.NotEqual(SessionShares.ClientOf(Client), SessionShares.ClientOf(Other));
        Assert.Equal(ClientOf("2001:db8:1:2::1"), ClientOf("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(ClientOf("2001:db8:1:2::1"), ClientOf("2001:db8:1:3::1"));
    }

    private static string ClientOf(string address) => SessionShares.ClientOf(IPAddress.Parse(address));

    private void Begin(IPAddress client, long session)
    {
        var share = _shares.Take(client);
        Assert.NotNull(share);
        _shares.Began(share, session);
    }

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }
}
