using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Client;

/// <summary>A client against servers that a test plays: whom it asks, what it sends twice and what never.</summary>
public sealed class RaftClientTests : TestKit
{
    private static readonly ImmutableArray<string> Addresses = ["akka.tcp://raft@n1:1", "akka.tcp://raft@n2:1", "akka.tcp://raft@n3:1"];

    private readonly TestProbe _servers;
    private readonly TestProbe _user;

    public RaftClientTests(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 10s", "client", output)
    {
        _servers = CreateTestProbe("servers");
        _user = CreateTestProbe("user");
    }

    [Fact]
    public async Task The_client_follows_the_hint_to_the_leader_and_stays_there()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a")), _user);
        var first = await Asked();
        first.Answer(new NotLeader(new ServerId("n9"), "akka.tcp://raft@n9:1"));
        var second = await Asked();
        Assert.Equal("akka.tcp://raft@n9:1", second.Address);
        second.Answer(new Applied(1, 1, null));
        Assert.Equal(new Applied(1, 1, null), await _user.ExpectMsgAsync<Applied>());
        client.Tell(new ClientRequest(Command("b")), _user);
        Assert.Equal("akka.tcp://raft@n9:1", (await Asked()).Address);
    }

    [Fact]
    public async Task A_command_that_is_certainly_not_done_is_sent_to_another_server()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a")), _user);
        var first = await Asked();
        first.Answer(new Unavailable("it reads its journal"));
        var second = await Asked();
        Assert.NotEqual(first.Address, second.Address);
        second.Answer(new NotLeader(default, null));
        (await Asked()).Answer(new Applied(7, 2, null));
        Assert.Equal(7, (await _user.ExpectMsgAsync<Applied>()).Index);
    }

    [Fact]
    public async Task Without_a_session_an_unknown_outcome_is_reported_and_nothing_is_sent_twice()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a")), _user);
        (await Asked()).Answer(new LeadershipLost(5, 1));
        Assert.Equal(new LeadershipLost(5, 1), await _user.ExpectMsgAsync<LeadershipLost>());
        await _servers.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Without_a_session_silence_ends_as_unknown_at_the_deadline()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a"), TimeSpan.FromMilliseconds(500)), _user);
        await Asked();
        var failure = await _user.ExpectMsgAsync<DeadlinePassed>();
        Assert.Equal((Outcome.Unknown, 1), (failure.Outcome, failure.Attempts));
        await _servers.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_late_answer_within_the_deadline_counts()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a"), TimeSpan.FromSeconds(10)), _user);
        var asked = await Asked();
        await _servers.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(400));
        asked.Answer(new Applied(3, 1, null));
        await _user.ExpectMsgAsync<Applied>();
    }

    [Fact]
    public async Task A_command_that_is_refused_until_its_deadline_is_certainly_not_done()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a"), TimeSpan.FromMilliseconds(400)), _user);
        for (var done = false; !done;)
        {
            done = await _servers.ReceiveOneAsync(TimeSpan.FromMilliseconds(300)) is not Asked asked || !asked.Answer(new NotLeader(default, null));
        }

        Assert.Equal(Outcome.NotDone, (await _user.ExpectMsgAsync<DeadlinePassed>()).Outcome);
    }

    [Fact]
    public async Task A_read_that_is_not_answered_is_asked_elsewhere()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(new Read("q")), _user);
        var (first, second) = (await Asked(), await Asked());
        Assert.NotEqual(first.Address, second.Address);
        second.Answer(new ReadResult(4, "x"));
        Assert.Equal("x", (await _user.ExpectMsgAsync<ReadResult>()).Result);
        first.Answer(new ReadResult(3, "late"));
        await _user.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task An_overloaded_leader_is_left_alone_for_as_long_as_it_says()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a")), _user);
        var first = await Asked();
        first.Answer(new Overloaded(9, TimeSpan.FromMilliseconds(400)));
        await _servers.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(250));
        Assert.Equal(first.Address, (await Asked()).Address);
    }

    [Fact]
    public async Task In_a_session_a_command_of_unknown_outcome_is_sent_again_as_the_same_command()
    {
        var client = Start(exactlyOnce: true);
        client.Tell(new ClientRequest(Command("a")), _user);
        client.Tell(new ClientRequest(Command("b")), _user);
        (await Registered()).Answer(new SessionRegistered(40, TimeSpan.FromMinutes(1)));

        // Each request has an actor of its own: which of the two is the first is not said.
        var (a, b) = (await Asked(), await Asked());
        (a, b) = a.Session.Sequence < b.Session.Sequence ? (a, b) : (b, a);
        Assert.Equal((40, 1L, 1L), (a.Session.SessionId, a.Session.Sequence, a.Session.LowestUnanswered));
        Assert.Equal((40, 2L, 1L), (b.Session.SessionId, b.Session.Sequence, b.Session.LowestUnanswered));
        a.Answer(new Applied(41, 1, null));
        await _user.ExpectMsgAsync<Applied>();
        b.Answer(new LeadershipLost(42, 1));
        var again = await Asked();
        Assert.Equal((2L, 2L), (again.Session.Sequence, again.Session.LowestUnanswered));
        var silent = await Asked();
        Assert.Equal(again.Session, silent.Session);
        again.Answer(new Applied(42, 1, null));
        Assert.Equal(42, (await _user.ExpectMsgAsync<Applied>()).Index);
    }

    [Fact]
    public async Task A_command_whose_only_copy_met_an_expired_session_begins_anew_in_the_next()
    {
        var client = Start(exactlyOnce: true);
        client.Tell(new ClientRequest(Command("a")), _user);
        (await Registered()).Answer(new SessionRegistered(40, TimeSpan.FromMinutes(1)));
        (await Asked()).Answer(new SessionExpired(40));
        (await Registered()).Answer(new SessionRegistered(50, TimeSpan.FromMinutes(1)));
        var anew = await Asked();
        Assert.Equal((50, 1L), (anew.Session.SessionId, anew.Session.Sequence));
        anew.Answer(new Applied(51, 1, null));
        await _user.ExpectMsgAsync<Applied>();
    }

    [Fact]
    public async Task A_command_of_two_copies_that_met_an_expired_session_is_told_as_unknown()
    {
        var client = Start(exactlyOnce: true);
        client.Tell(new ClientRequest(Command("a")), _user);
        (await Registered()).Answer(new SessionRegistered(40, TimeSpan.FromMinutes(1)));
        (await Asked()).Answer(new LeadershipLost(41, 1));
        (await Asked()).Answer(new SessionExpired(40));
        Assert.Equal(Outcome.Unknown, (await _user.ExpectMsgAsync<SessionExpired>()).Outcome);
    }

    [Fact]
    public async Task A_session_is_kept_alive()
    {
        var client = Start(exactlyOnce: true);
        client.Tell(new ClientRequest(Command("a")), _user);
        (await Registered()).Answer(new SessionRegistered(40, TimeSpan.FromMilliseconds(300)));
        (await Asked()).Answer(new Applied(41, 1, null));
        await _user.ExpectMsgAsync<Applied>();
        Assert.Equal(new KeepSessionAlive(40, 2), (await Asked()).Request);
    }

    [Fact]
    public async Task A_request_without_any_server_ends_at_its_deadline()
    {
        var client = Start(exactlyOnce: true);
        client.Tell(new ClientRequest(Command("a"), TimeSpan.FromMilliseconds(300)), _user);
        var failure = await _user.ExpectMsgAsync<DeadlinePassed>();
        Assert.Equal((Outcome.NotDone, 0), (failure.Outcome, failure.Attempts));
    }

    [Fact]
    public async Task More_requests_than_may_be_under_way_are_refused_and_make_room_when_they_end()
    {
        var client = Start(exactlyOnce: false);
        for (var number = 0; number < 5; number++)
        {
            client.Tell(new ClientRequest(Command("a")), _user);
        }

        Assert.IsType<Overloaded>(await _user.ExpectMsgAsync<object>());
        (await Asked()).Answer(new Applied(1, 1, null));
        await _user.ExpectMsgAsync<Applied>();
        client.Tell(new ClientRequest(Command("b")), _user);
        await _user.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_failure_that_no_retry_can_mend_is_reported_at_once()
    {
        var client = Start(exactlyOnce: false);
        client.Tell(new ClientRequest(Command("a")), _user);
        (await Asked()).Answer(new TooLarge(10, 5));
        await _user.ExpectMsgAsync<TooLarge>();
    }

    public static TheoryData<object> Permanent =>
    [
        new TooLarge(10, 5), new InvalidRequest("a type that is not listed"), new SettingsRefused("they do not fit"), new AnswerNotKept(7, 3, Outcome.Done),
        new ChangesForgotten(30), new StateMachineFailed(0, "no such query", Outcome.NotDone), new WrongResultType("a", "b", Outcome.Done),
    ];

    [Theory]
    [MemberData(nameof(Permanent))]
    public void A_permanent_failure_is_not_retried(object failure)
    {
        Assert.True(((RaftFailure)failure).IsPermanent);
        Assert.False(RetryRule.IsWorthARetry((RaftFailure)failure, isRepeatable: true));
    }

    [Fact]
    public async Task A_result_of_another_type_than_the_callers_is_told_with_what_became_of_the_command()
    {
        var group = new RaftGroup<byte[], long>(new RaftClient(Start(exactlyOnce: false)));
        var apply = group.ApplyAsync([1]);
        (await Asked()).Answer(new Applied(1, 1, "a text"));
        var wrong = await Assert.ThrowsAsync<RaftRequestException>(() => apply);
        Assert.Equal(Outcome.Done, wrong.Outcome);
        Assert.True(wrong.IsPermanent);
        Assert.Equal("the answer is a System.String, and the caller expects a System.Int64; the command was applied", wrong.Message);

        apply = group.ApplyAsync([1]);
        (await Asked()).Answer(new Applied(2, 1, null));
        Assert.Contains("the answer is null", (await Assert.ThrowsAsync<RaftRequestException>(() => apply)).Message, StringComparison.Ordinal);

        var read = group.ReadAsync<string>("q");
        (await Asked()).Answer(new ReadResult(2, 5L));
        Assert.Equal(Outcome.NotDone, (await Assert.ThrowsAsync<RaftRequestException>(() => read)).Outcome);

        // Null is an answer where the type has it.
        var nothing = group.ReadAsync<string?>("q");
        (await Asked()).Answer(new ReadResult(2, null));
        Assert.Null(await nothing);
    }

    private static Apply Command(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private IActorRef Start(bool exactlyOnce)
    {
        var settings = new RaftClientSettings
        {
            Group = "test",
            Contacts = Addresses,
            ExactlyOnce = exactlyOnce,
            AttemptTimeout = TimeSpan.FromMilliseconds(250),
            MinBackoff = TimeSpan.FromMilliseconds(5),
            MaxBackoff = TimeSpan.FromMilliseconds(50),
            MaxRequests = 4,
        };
        return Sys.ActorOf(RaftClientActor.Props(settings, address => Sys.ActorOf(Props.Create(() => new Server(address, _servers.Ref))), 1));
    }

    private async Task<Asked> Asked() => await _servers.ExpectMsgAsync<Asked>();

    private async Task<Asked> Registered()
    {
        var asked = await Asked();
        Assert.IsType<RegisterSession>(asked.Request);
        return asked;
    }

    private sealed class Server(string address, IActorRef test) : UntypedActor
    {
        protected override void OnReceive(object message) => test.Tell(new Asked(address, (IRaftRequest)message, Sender));
    }
}

/// <summary>A request, as a server got it.</summary>
internal sealed record Asked(string Address, IRaftRequest Request, IActorRef From)
{
    public Raft.Actors.Model.CommandSession Session => ((Apply)Request).Session!;

    public bool Answer(object answer)
    {
        From.Tell(answer);
        return true;
    }
}
