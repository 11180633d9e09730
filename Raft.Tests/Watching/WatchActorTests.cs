using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Raft.Actors.Client;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Client;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Watching;

/// <summary>A watch between servers that a test plays and a subscriber that takes its time.</summary>
public sealed class WatchActorTests : TestKit
{
    private readonly TestProbe _servers;
    private readonly TestProbe _subscriber;
    private readonly IActorRef _client;
    private TimeSpan _patience = TimeSpan.FromSeconds(20);

    public WatchActorTests(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 10s", "watch", output)
    {
        _servers = CreateTestProbe("servers");
        _subscriber = CreateTestProbe("subscriber");
        _client = Start();
    }

    [Fact]
    public async Task Changes_are_told_in_order_and_the_next_only_when_they_are_taken()
    {
        var watch = await Watch(5);
        (await Asked(5)).Answer(Changes(5, 6));
        Assert.Equal([5L, 6L], (await Told()).Changes.Select(static change => change.Index));

        // One answer is fetched ahead, and no more.
        (await Asked(7)).Answer(Changes(9));
        await _servers.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(150));
        await _subscriber.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        watch.Tell(new ContinueWatch());
        Assert.Equal(9, Assert.Single((await Told()).Changes).Index);
        await Asked(10);
    }

    [Fact]
    public async Task A_silent_or_stopped_server_is_replaced_by_another_from_the_same_index_on()
    {
        var watch = await Watch(5);
        (await Asked(5)).Answer(Changes(5));
        watch.Tell(new ContinueWatch());
        await Told();
        watch.Tell(new ContinueWatch());
        var silent = await Asked(6);
        var next = await Asked(6);
        Assert.NotEqual(silent.Address, next.Address);
        next.Answer(new ShuttingDown(Outcome.NotDone));
        var third = await Asked(6);
        third.Answer(Changes(6));

        // Its late answer is no second one.
        silent.Answer(Changes(6));
        Assert.Equal(6, Assert.Single((await Told()).Changes).Index);
        watch.Tell(new ContinueWatch());
        (await Asked(7)).Answer(Changes(7));
        Assert.Equal(7, Assert.Single((await Told()).Changes).Index);
    }

    [Fact]
    public async Task Another_server_is_asked_for_forgotten_changes_and_the_watch_ends_when_none_has_them()
    {
        var watch = await Watch(5);
        (await Asked(5)).Answer(new ChangesForgotten(30));
        (await Asked(5)).Answer(Changes(5));
        await Told();
        for (var answered = 0; answered < RetryRule.ServersToAskForChanges; answered++)
        {
            (await Asked(6)).Answer(new ChangesForgotten(40));
        }

        var ended = await _subscriber.ExpectMsgAsync<WatchEnded>();
        Assert.Equal((WatchEnd.Forgotten, 6, 40), (ended.End, ended.Next, ended.Forgotten));
        await _subscriber.ExpectTerminatedAsync(watch);
    }

    [Fact]
    public async Task A_slow_subscriber_learns_where_to_go_on_and_delays_no_other()
    {
        _patience = TimeSpan.FromMilliseconds(300);
        var client = Start();
        var watch = await Watch(5, client);
        (await Asked(5)).Answer(Changes(5));
        (await Asked(6)).Answer(Changes(6));
        Assert.Equal(6, (await Told()).Next);
        var ended = await _subscriber.ExpectMsgAsync<WatchEnded>();
        Assert.Equal((WatchEnd.TooSlow, 6), (ended.End, ended.Next));
        await _subscriber.ExpectTerminatedAsync(watch);
    }

    [Fact]
    public async Task A_watch_ends_with_its_subscriber_or_on_request()
    {
        var watch = await Watch(5);
        watch.Tell(new StopWatching());
        await _subscriber.ExpectTerminatedAsync(watch);

        var subscriber = CreateTestProbe("short-lived");
        _client.Tell(new Watch(subscriber, 5));
        var orphan = (await subscriber.ExpectMsgAsync<WatchStarted>(), subscriber.LastSender).LastSender;
        await WatchAsync(orphan);
        Sys.Stop(subscriber);
        await ExpectTerminatedAsync(orphan);
    }

    [Fact]
    public async Task A_watch_is_refused_without_changes_at_a_wrong_index_and_beyond_the_limit()
    {
        var watch = await Watch(5);
        (await Asked(5)).Answer(new InvalidRequest("the state machine tells no changes"));
        Assert.Equal(WatchEnd.Refused, (await _subscriber.ExpectMsgAsync<WatchEnded>()).End);
        await _subscriber.ExpectTerminatedAsync(watch);

        _client.Tell(new Watch(_subscriber, -1));
        Assert.Equal(WatchEnd.Refused, (await _subscriber.ExpectMsgAsync<WatchEnded>()).End);

        await Watch(5);
        await Watch(5);
        _client.Tell(new Watch(_subscriber, 5));
        Assert.Equal(WatchEnd.Refused, (await _subscriber.ExpectMsgAsync<WatchEnded>()).End);
    }

    private static ChangesRead Changes(params long[] indexes) =>
        new(indexes[^1] + 1, [.. indexes.Select(static index => new KeyChange(index, new byte[] { 1 }, new byte[] { 2 }))]);

    private async Task<IActorRef> Watch(long from, IActorRef? client = null)
    {
        (client ?? _client).Tell(new Watch(_subscriber, from));
        await _subscriber.ExpectMsgAsync<WatchStarted>();
        return await _subscriber.WatchAsync(_subscriber.LastSender);
    }

    private async Task<Asked> Asked(long from)
    {
        var asked = await _servers.ExpectMsgAsync<Asked>();
        Assert.Equal(from, ((ReadChanges)asked.Request).From);
        return asked;
    }

    private async Task<KeysChanged> Told() => await _subscriber.ExpectMsgAsync<KeysChanged>();

    private IActorRef Start()
    {
        var settings = new RaftClientSettings
        {
            Group = "test",
            Contacts = ["akka.tcp://raft@n1:1", "akka.tcp://raft@n2:1", "akka.tcp://raft@n3:1"],
            AttemptTimeout = TimeSpan.FromMilliseconds(400),
            MinBackoff = TimeSpan.FromMilliseconds(5),
            MaxBackoff = TimeSpan.FromMilliseconds(50),
            WatchPatience = _patience,
            MaxWatches = 2,
        };
        return Sys.ActorOf(RaftClientActor.Props(settings, address => Sys.ActorOf(Props.Create(() => new PlayedServer(address, _servers.Ref))), 1));
    }

    private sealed class PlayedServer(string address, IActorRef test) : UntypedActor
    {
        protected override void OnReceive(object message) => test.Tell(new Asked(address, (IRaftRequest)message, Sender));
    }
}
