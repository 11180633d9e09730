using System.Net;
using System.Text.Json;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.Hosting;
using Raft.Host.KeyValue;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Every failure of Raft has its HTTP status, and its outcome arrives as it is.</summary>
public sealed class HttpFailureTests
{
    private static readonly ServerId Leader = new("n2");

    public static TheoryData<object, int, string, bool> Failures => new()
    {
        { new NotLeader(default, null), 503, "notDone", true },
        { new NotLeader(Leader, "akka.tcp://raft@127.0.0.1:4054"), 503, "notDone", true },
        { new EnqueueTimedOut(TimeSpan.FromSeconds(1)), 503, "notDone", true },
        { new Overloaded(5, TimeSpan.FromMilliseconds(20)), 503, "notDone", true },
        { new TooLarge(10, 5), 413, "notDone", false },
        { new InvalidRequest("no sense"), 400, "notDone", false },
        { new LeadershipLost(5, 2), 504, "unknown", false },
        { new LeadershipLost(0, 2), 503, "notDone", true },
        { new LeadershipTransferInProgress(), 503, "notDone", true },
        { new StorageFailed("disk full", Outcome.Unknown), 500, "unknown", false },
        { new StorageFailed("disk full", Outcome.NotDone), 503, "notDone", true },
        { new StateMachineFailed(5, "broken", Outcome.Unknown), 500, "unknown", false },
        { new StateMachineFailed(0, "broken", Outcome.NotDone), 500, "notDone", false },
        { new ShuttingDown(Outcome.Unknown), 504, "unknown", false },
        { new ShuttingDown(Outcome.NotDone), 503, "notDone", true },
        { new Unavailable("restarts"), 503, "notDone", true },
        { new DeadlinePassed(Outcome.Unknown, 2, "nobody answered"), 504, "unknown", false },
        { new DeadlinePassed(Outcome.NotDone, 2, "nobody answered"), 503, "notDone", true },
        { new SessionExpired(7), 410, "unknown", false },
        { new SessionLimitReached("too many"), 503, "notDone", true },
        { new AnswerNotKept(7, 3, Outcome.Unknown), 410, "unknown", false },
        { new AnswerNotKept(7, 3, Outcome.Done), 410, "done", false },
        { new ConfigurationRefused("the last voter"), 409, "notDone", false },
        { new LeadershipTransferFailed("nobody is up to date", Outcome.NotDone), 409, "notDone", false },
        { new LeadershipTransferFailed("it did not win in time", Outcome.Unknown), 504, "unknown", false },
        { new SnapshotNotTaken("nothing is new"), 409, "notDone", false },
        { new ChangesForgotten(30), 410, "notDone", false },
        { new SnapshotNotFound("there is none"), 404, "notDone", false },
        { new RestoreRefused("another is under way", Outcome.NotDone), 409, "notDone", false },
        { new RestoreRefused("another is under way", Outcome.Unknown), 504, "unknown", false },
        { new SettingsRefused("they do not fit"), 409, "notDone", false },
        { new SkipRefused("the leader has not stopped there"), 409, "notDone", false },
        { new CommandSkipped(7), 409, "notDone", false },
        { new ReadTimedOut(TimeSpan.FromSeconds(5)), 503, "notDone", true },
        { new WrongResultType("a", "b", Outcome.Done), 500, "done", false },
        { new TooStale(null, TimeSpan.FromSeconds(5)), 503, "notDone", true },
    };

    [Fact]
    public async Task After_the_node_has_ended_requests_fail_at_once_and_are_not_done()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => null);
        await fixture.StopRaftAsync();

        using var write = await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([1]));
        using var read = await fixture.Client.GetAsync("/kv/a");
        using var ready = await fixture.Client.GetAsync("/health/ready");

        Assert.All([write, read, ready], static response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        Assert.Equal("notDone", (await Json(write)).GetProperty("outcome").GetString());
        Assert.Contains("shutting down", (await Json(ready)).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failed_write_says_what_became_of_it(object failure, int status, string outcome, bool retry)
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => failure);

        using var response = await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([1]));

        var body = await Json(response);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(outcome, body.GetProperty("outcome").GetString());
        Assert.Equal(((RaftFailure)failure).Message, body.GetProperty("error").GetString());
        Assert.Equal(retry, response.Headers.RetryAfter is not null);
        Assert.Equal(((RaftFailure)failure).IsPermanent, body.GetProperty("permanent").GetBoolean());
        Assert.False(retry && ((RaftFailure)failure).IsPermanent, "nobody is told to try again what can never succeed");
    }

    [Fact]
    public void Every_kind_of_failure_has_a_status()
    {
        var known = Failures.Select(static row => ((object[])row)[0].GetType()).ToHashSet();

        Assert.All(
            typeof(RaftFailure).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(RaftFailure))),
            type => Assert.Contains(type, known));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void The_message_of_a_failure_is_sent_whole(object failure, int status, string outcome, bool retry)
    {
        _ = (status, outcome, retry);
        Assert.Matches(@"[\w).]$", ((RaftFailure)failure).Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_leader_whose_address_is_not_known_is_not_named_by_half(string? address) => Assert.Equal(
        "this node is not the leader; n2 leads, whose address it does not know yet: ask again in a moment",
        new NotLeader(new("n2"), address).Message);

    [Fact]
    public async Task A_write_without_an_answer_is_unknown_and_a_read_is_not_done()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => null, static settings => settings with { RequestTimeout = TimeSpan.FromMilliseconds(200) });

        using var write = await fixture.Client.DeleteAsync("/kv/a");
        using var read = await fixture.Client.GetAsync("/kv/a");

        Assert.Equal(HttpStatusCode.GatewayTimeout, write.StatusCode);
        Assert.Equal("unknown", (await Json(write)).GetProperty("outcome").GetString());
        Assert.Equal(HttpStatusCode.GatewayTimeout, read.StatusCode);
        Assert.Equal("notDone", (await Json(read)).GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task An_answer_of_a_wrong_type_leaves_a_write_unknown()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => "what?");

        using var response = await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([1]));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("unknown", (await Json(response)).GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_leaves_a_write_unknown()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new Applied(5, 1, new byte[] { 99 }));

        using var response = await fixture.Client.PutAsync("/kv/a", new ByteArrayContent([1]));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("unknown", (await Json(response)).GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Redirecting_sends_to_the_leader_with_the_key_as_it_came()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => new NotLeader(Leader, "akka.tcp://raft@127.0.0.1:4054"),
            settings => settings with
            {
                WritesOnFollower = WritesOnFollower.Redirect,
                HttpAddresses = settings.HttpAddresses.Add("n2", new Uri("http://127.0.0.2:8081")),
            });

        using var write = await fixture.Client.PutAsync("/kv/a%2Fb%20c?expect=x", new ByteArrayContent([1]));
        using var read = await fixture.Client.GetAsync("/kv/a");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, write.StatusCode);
        Assert.Equal("http://127.0.0.2:8081/kv/a%2Fb%20c?expect=x", write.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, read.StatusCode);
    }

    [Fact]
    public async Task Redirecting_without_the_leaders_address_names_the_setting()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => new NotLeader(Leader, "akka.tcp://raft@127.0.0.1:4054"),
            static settings => settings with { WritesOnFollower = WritesOnFollower.Redirect });

        using var response = await fixture.Client.GetAsync("/kv/a");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("host.http-addresses.n2", (await Json(response)).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_linearizable_read_on_a_follower_is_answered_by_the_leader()
    {
        var value = new KeyValueAnswer.Value(4, "from the leader"u8.ToArray()).Encode();
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => new NotLeader(Leader, "akka://http"), static settings => settings, leader: _ => new ReadResult(9, value));

        Assert.Equal("from the leader", await fixture.Client.GetStringAsync("/kv/a"));
    }

    [Fact]
    public async Task A_read_goes_to_the_leader_once_and_no_further()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => new NotLeader(Leader, "akka://http"), static settings => settings, leader: _ => new NotLeader(Leader, "akka://http"));

        using var response = await fixture.Client.GetAsync("/kv/a");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
