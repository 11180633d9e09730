using Raft.Actors.Model;
using Raft.Actors.Replication;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

public sealed class LeaderLeaseTests
{
    private readonly LeaderLease _lease = new(Server1, Milliseconds(1000));

    [Fact]
    public void Every_voter_counts_as_heard_when_the_term_begins() =>
        Assert.Equal(Milliseconds(1000), _lease.QuorumContact(Voters(3), Milliseconds(1500)));

    [Fact]
    public void The_leader_and_its_fastest_followers_make_the_quorum()
    {
        _lease.Contact(Server2, Milliseconds(1400));
        Assert.Equal(Milliseconds(1400), _lease.QuorumContact(Voters(3), Milliseconds(1500)));
        Assert.Equal(Milliseconds(1000), _lease.QuorumContact(Voters(5), Milliseconds(1500)));
        _lease.Contact(Server3, Milliseconds(1200));
        Assert.Equal(Milliseconds(1200), _lease.QuorumContact(Voters(5), Milliseconds(1500)));
        Assert.Equal(Milliseconds(1200), _lease.QuorumContact(Voters(4), Milliseconds(1500)));
    }

    [Fact]
    public void Late_answers_change_nothing()
    {
        _lease.Contact(Server2, Milliseconds(1400));
        _lease.Contact(Server2, Milliseconds(1100));
        Assert.Equal(Milliseconds(1400), _lease.LastContact(Server2));
        Assert.Null(_lease.LastContact(Server3));
    }

    [Fact]
    public void An_answer_to_what_was_sent_before_the_term_does_not_make_a_voter_seem_silent()
    {
        _lease.Contact(Server2, Milliseconds(0));
        Assert.Equal(Milliseconds(1000), _lease.QuorumContact(Voters(3), Milliseconds(1500)));
        Assert.Null(_lease.LastContact(Server2));
        _lease.Contact(Server2, Milliseconds(1000));
        Assert.Equal(Milliseconds(1000), _lease.LastContact(Server2));
    }

    [Fact]
    public void A_voter_that_confirmed_entries_counts_as_heard_from_the_start_of_the_term()
    {
        var within = Milliseconds(500);
        Assert.False(_lease.IsHeard(Server2, hasConfirmed: false, Milliseconds(1001), within));
        Assert.True(_lease.IsHeard(Server2, hasConfirmed: true, Milliseconds(1500), within));
        Assert.False(_lease.IsHeard(Server2, hasConfirmed: true, Milliseconds(1501), within));
        _lease.Contact(Server2, Milliseconds(1400));
        Assert.True(_lease.IsHeard(Server2, hasConfirmed: false, Milliseconds(1900), within));
        Assert.False(_lease.IsHeard(Server2, hasConfirmed: true, Milliseconds(1901), within));
    }

    [Fact]
    public void A_single_voter_always_has_its_quorum() =>
        Assert.Equal(Milliseconds(9000), _lease.QuorumContact(Voters(1), Milliseconds(9000)));

    [Fact]
    public void A_leader_that_does_not_vote_does_not_count()
    {
        _lease.Contact(Server2, Milliseconds(1400));
        Assert.Equal(Milliseconds(1000), _lease.QuorumContact([Server2, Server3], Milliseconds(1500)));
        _lease.Contact(Server3, Milliseconds(1300));
        Assert.Equal(Milliseconds(1300), _lease.QuorumContact([Server2, Server3], Milliseconds(1500)));
    }

    [Fact]
    public void Strangers_do_not_count_and_without_voters_there_is_no_quorum()
    {
        _lease.Contact(new ServerId("n9"), Milliseconds(1400));
        Assert.Equal(Milliseconds(1000), _lease.QuorumContact(Voters(3), Milliseconds(1500)));
        Assert.Equal(TimeSpan.MinValue, _lease.QuorumContact([], Milliseconds(1500)));
    }
}
