using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

public sealed class PeerGateTests
{
    private static readonly Configuration Members = new(
        [new Server(Server1, "akka.tcp://raft@n1:1"), new Server(Server2, "akka.tcp://raft@n2:1", Suffrage.Nonvoter)]);

    private static readonly PeerHeader Proper = new(ProtocolVersion.Current, "test", Server2, Server1, 5);

    private readonly PeerGate _gate = new("test", Server1);

    [Fact]
    public void A_members_message_passes()
    {
        Assert.Null(Refusal(Proper));
        Assert.Null(Refusal(Proper with { Term = 0 }));
    }

    [Fact]
    public void Without_a_configuration_any_server_of_the_group_is_heard() =>
        Assert.Null(_gate.Refusal(new Heartbeat(Proper with { From = new ServerId("n9") }, 1), Configuration.Empty, default, hasLiveLeader: false, default));

    [Fact]
    public void Another_version_is_refused()
    {
        Assert.Contains("version 99", Refusal(Proper with { Version = 99 }), StringComparison.Ordinal);
        Assert.NotNull(_gate.Refusal(new UnknownVersionMessage(Proper, "H"), Members, default, false, default));
    }

    [Fact]
    public void Another_group_is_refused() =>
        Assert.Contains("group 'other'", Refusal(Proper with { Group = "other" }), StringComparison.Ordinal);

    [Fact]
    public void A_message_for_another_server_is_refused() =>
        Assert.Contains("meant for server n3", Refusal(Proper with { To = Server3 }), StringComparison.Ordinal);

    [Fact]
    public void A_second_server_with_its_own_id_is_refused() =>
        Assert.Contains("another one running", Refusal(Proper with { From = Server1 }), StringComparison.Ordinal);

    [Fact]
    public void A_negative_term_is_refused() =>
        Assert.Contains("-1", Refusal(Proper with { Term = -1 }), StringComparison.Ordinal);

    [Fact]
    public void A_term_that_cannot_be_is_refused()
    {
        var own = new LocalIdentity(default, default, HasEntries: true, Term: 7);
        var step = Proper with { Term = 7 + TermLimits.LargestStep };
        Assert.Contains("beyond what can be", RefusalBy(own with { HasEntries = false }, new Heartbeat(Proper with { Term = long.MaxValue }, 1)), StringComparison.Ordinal);
        Assert.Contains("too far beyond this server's, 7", RefusalBy(own, new Heartbeat(step with { Term = step.Term + 1 }, 1)), StringComparison.Ordinal);
        Assert.Null(RefusalBy(own, new Heartbeat(step, 1)));

        // An empty server cannot know how far its group is.
        Assert.Null(RefusalBy(own with { HasEntries = false }, new Heartbeat(Proper with { Term = TermLimits.Highest }, 1)));
    }

    /// <summary>A group of which most servers lag behind its configurations would have no leader again (dissertation 4.1).</summary>
    [Fact]
    public void A_stranger_is_heard_by_a_server_without_a_leader_if_it_brings_a_log_along()
    {
        Assert.Null(RefusalOfStranger(new AppendEntries(Stranger, 1, 1, 1, [], 1), hasLiveLeader: false));
        Assert.Null(RefusalOfStranger(new RequestVote(Stranger, 9, 9, false), hasLiveLeader: false));
        Assert.Null(RefusalOfStranger(new RequestPreVote(Stranger, 9, 9), hasLiveLeader: false));
        foreach (var message in new IPeerMessage[] { new Heartbeat(Stranger, 1), new VoteResponse(Stranger, true), new PreVoteResponse(Stranger, 9, true), new ForwardedRequest(Stranger, new GetStatus()) })
        {
            Assert.Contains("n3 is not a member", RefusalOfStranger(message, hasLiveLeader: false), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stranger_is_refused_where_a_leader_lives() =>
        Assert.All(
            new IPeerMessage[] { new AppendEntries(Stranger, 1, 1, 1, [], 1), new RequestVote(Stranger, 9, 9, true), new RequestPreVote(Stranger, 9, 9), new Heartbeat(Stranger, 1) },
            message => Assert.Contains("n3 is not a member", RefusalOfStranger(message, hasLiveLeader: true), StringComparison.Ordinal));

    [Fact]
    public void A_leader_that_is_followed_is_heard_though_it_is_no_member_here() =>
        Assert.Null(_gate.Refusal(new Heartbeat(Stranger, 1), Members, Server3, hasLiveLeader: true, default));

    [Fact]
    public void Another_group_of_the_same_name_is_refused()
    {
        var own = new LocalIdentity(new GroupIdentity(1), new JournalIdentity(11), HasEntries: true);
        var foreign = Proper with { Identity = new PeerIdentity(new GroupIdentity(2), new JournalIdentity(22), new JournalIdentity(11)) };
        foreach (var message in new IPeerMessage[] { new Heartbeat(foreign, 1), new AppendEntries(foreign, 1, 0, 0, [], 0), new RequestVote(foreign, 9, 9, false), new VoteResponse(foreign, true) })
        {
            Assert.Contains("another group of this name", RefusalBy(own, message), StringComparison.Ordinal);
        }
    }

    /// <summary>A leader fills up an empty server, which therefore may answer. It leads nobody, and nobody votes for it.</summary>
    [Fact]
    public void A_server_that_does_not_know_the_group_may_answer_and_not_ask()
    {
        var own = new LocalIdentity(new GroupIdentity(1), new JournalIdentity(11), HasEntries: true);
        foreach (var header in new[] { Proper, Proper with { Identity = new PeerIdentity(default, new JournalIdentity(22), default) } })
        {
            Assert.Null(RefusalBy(own, new AppendEntriesResponse(header, 1, true, 1, 0, 0)));
            Assert.Null(RefusalBy(own, new VoteResponse(header, true)));
            foreach (var message in new IPeerMessage[] { new Heartbeat(header, 1), new AppendEntries(header, 1, 0, 0, [], 0), new RequestVote(header, 9, 9, false), new RequestPreVote(header, 9, 9), new TimeoutNow(header) })
            {
                Assert.Contains("does not know the identity", RefusalBy(own, message), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Right after a group of an older version got its identity its followers do not know yet that it is committed.</summary>
    [Fact]
    public void A_member_whose_journal_is_known_may_ask_before_it_knows_the_group()
    {
        var own = new LocalIdentity(new GroupIdentity(1), new JournalIdentity(11), HasEntries: true);
        var members = new Configuration([new Server(Server1, "akka.tcp://raft@n1:1"), new Server(Server2, "akka.tcp://raft@n2:1") { Journal = new JournalIdentity(22) }], own.Group);
        var known = Proper with { Identity = new PeerIdentity(default, new JournalIdentity(22), default) };
        var other = Proper with { Identity = new PeerIdentity(default, new JournalIdentity(23), default) };
        Assert.Null(_gate.Refusal(new ForwardedRequest(known, new GetStatus()), members, default, hasLiveLeader: true, own));
        Assert.Contains("does not know the identity", _gate.Refusal(new RequestVote(other, 9, 9, false), members, default, hasLiveLeader: false, own)?.Reason, StringComparison.Ordinal);
    }

    /// <summary>What a version without identities wrote belongs to a group that knows its journal, and to no other.</summary>
    [Fact]
    public void A_server_with_entries_of_no_known_group_follows_only_a_group_that_knows_its_journal()
    {
        var own = new LocalIdentity(default, new JournalIdentity(11), HasEntries: true);
        var strange = Proper with { Identity = new PeerIdentity(new GroupIdentity(2), new JournalIdentity(22), default) };
        var known = Proper with { Identity = new PeerIdentity(new GroupIdentity(2), new JournalIdentity(22), new JournalIdentity(11)) };
        Assert.Contains("does not know this server's journal", RefusalBy(own, new AppendEntries(strange, 1, 0, 0, [], 0)), StringComparison.Ordinal);
        Assert.Null(RefusalBy(own, new AppendEntries(known, 1, 0, 0, [], 0)));
        Assert.Null(RefusalBy(own with { HasEntries = false }, new AppendEntries(strange, 1, 0, 0, [], 0)));
    }

    [Fact]
    public void A_request_for_a_pledge_is_always_heard()
    {
        var own = new LocalIdentity(new GroupIdentity(1), new JournalIdentity(11), HasEntries: true);
        Assert.Null(RefusalBy(own, new RequestPledge(Stranger, Members)));
    }

    [Fact]
    public void The_same_refusal_is_logged_once_in_a_while()
    {
        Assert.True(_gate.ShouldLog(Server2, "a", Milliseconds(0)));
        Assert.False(_gate.ShouldLog(Server2, "a", Milliseconds(29_999)));
        Assert.True(_gate.ShouldLog(Server2, "b", Milliseconds(1)));
        Assert.True(_gate.ShouldLog(Server3, "a", Milliseconds(1)));
        Assert.True(_gate.ShouldLog(Server2, "a", Milliseconds(30_000)));
    }

    [Fact]
    public void A_flood_of_made_up_senders_is_neither_logged_nor_remembered_one_by_one()
    {
        var logged = Enumerable.Range(0, 10_000).Count(number => _gate.ShouldLog(new ServerId($"x{number}"), "stranger", Milliseconds(number)));
        Assert.InRange(logged, 1, 70);
        Assert.Equal(0, Enumerable.Range(0, 10_000).Count(number => _gate.ShouldLog(new ServerId($"x{number}"), "stranger", Milliseconds(10_000))));
    }

    /// <summary>Reasons contain what the sender wrote, so that each message may have another.</summary>
    [Fact]
    public void Refusals_are_logged_by_kind_whatever_the_messages_say()
    {
        var logged = 0;
        for (var number = 0; number < 100_000; number++)
        {
            var refusal = _gate.Refusal(
                new Heartbeat(Proper with { Term = -1 - number, From = new ServerId($"x{number}") }, number), Members, default, false, default);
            logged += _gate.ShouldLog(refusal!.Kind, new ServerId($"x{number}"), Members, Milliseconds(0)) ? 1 : 0;
            logged += _gate.ShouldLog(refusal.Kind, Server2, Members, Milliseconds(0)) ? 1 : 0;
        }

        Assert.Equal(2, logged);
    }

    /// <summary>A flood once upon a time must not hide a member's refusal for ever.</summary>
    [Fact]
    public void After_a_flood_a_refusal_is_logged_again()
    {
        for (var number = 0; number < 10_000; number++)
        {
            _gate.ShouldLog(new ServerId($"x{number}"), "stranger", Milliseconds(0));
        }

        Assert.True(_gate.ShouldLog(Server2, "a", Milliseconds(60_000)));
        Assert.True(_gate.ShouldLog(Server3, "b", Milliseconds(60_000)), "not only one of them");
    }

    private static PeerHeader Stranger => Proper with { From = Server3 };

    private string? RefusalBy(LocalIdentity own, IPeerMessage message) => _gate.Refusal(message, Members, default, hasLiveLeader: false, own)?.Reason;

    private string? Refusal(PeerHeader header) => _gate.Refusal(new Heartbeat(header, 1), Members, default, hasLiveLeader: false, default)?.Reason;

    private string? RefusalOfStranger(IPeerMessage message, bool hasLiveLeader) => _gate.Refusal(message, Members, Server2, hasLiveLeader, default)?.Reason;
}
