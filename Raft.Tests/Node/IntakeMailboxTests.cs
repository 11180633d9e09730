using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Node;

/// <summary>The door of a node: what is bounded there, who is answered, and who always comes in.</summary>
public sealed class IntakeMailboxTests : TestKit
{
    private const int MaxRequests = 64;
    private const int MaxBytes = 1024 * 1024;

    private readonly TestProbe _flood;
    private readonly TestProbe _other;
    private readonly IntakeQueue _queue;

    public IntakeMailboxTests(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 10s", "intake", output)
    {
        _ = RaftExtension.Get(Sys);
        _flood = CreateTestProbe("flood");
        _other = CreateTestProbe("other");
        _queue = new IntakeQueue(TestActor, MaxRequests, MaxBytes);
    }

    [Fact]
    public async Task Requests_beyond_the_bound_are_answered_and_not_kept()
    {
        for (var sent = 0; sent < 1000; sent++)
        {
            Enqueue(new Apply(new byte[10]), _flood);
        }

        Assert.InRange(_queue.Requests, MaxRequests / 2, MaxRequests - (MaxRequests / 8));
        var kept = _queue.Count;
        for (var refused = 0; refused < 1000 - kept; refused++)
        {
            await _flood.ExpectMsgAsync<Overloaded>();
        }

        await _flood.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task Bytes_are_bounded_too()
    {
        for (var sent = 0; sent < 20; sent++)
        {
            Enqueue(new Apply(new byte[100_000]), _flood);
        }

        Assert.InRange(_queue.Bytes, MaxBytes / 2, MaxBytes - (MaxBytes / 8));
        await _flood.ExpectMsgAsync<Overloaded>();
    }

    [Fact]
    public async Task A_flood_leaves_room_for_another_sender_and_commands_leave_room_for_operators()
    {
        for (var sent = 0; sent < 1000; sent++)
        {
            Enqueue(new Apply(new byte[10]), _flood);
        }

        var flooded = _queue.Requests;
        Enqueue(new Apply(new byte[10]), _other);
        Assert.Equal(flooded + 1, _queue.Requests);
        for (var sender = 0; sender < 100; sender++)
        {
            Enqueue(new Apply(new byte[10]), CreateTestProbe($"sender-{sender}"));
        }

        Assert.Equal(MaxRequests - (MaxRequests / 8), _queue.Requests);
        Enqueue(new GetStatus(), _other);
        Assert.Equal(MaxRequests - (MaxRequests / 8) + 1, _queue.Requests);
        await _other.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Messages_that_are_no_requests_and_shutdowns_are_always_taken()
    {
        for (var sent = 0; sent < 1000; sent++)
        {
            Enqueue(new GetStatus(), _flood);
        }

        var before = _queue.Count;
        for (var sent = 0; sent < 1000; sent++)
        {
            Enqueue(new Heartbeat(new PeerHeader(ProtocolVersion.Current, "test", new("n1"), new("n2"), 1), 1), _other);
        }

        Enqueue(new Shutdown(), _flood);
        Assert.Equal(before + 1001, _queue.Count);
    }

    [Fact]
    public void Requests_come_out_in_order_and_make_room()
    {
        for (var round = 0; round < 10; round++)
        {
            var sent = 0;
            while (_queue.Requests < MaxRequests / 2)
            {
                Enqueue(new Read(sent++), _flood);
            }

            for (var taken = 0; taken < sent; taken++)
            {
                Assert.True(_queue.TryDequeue(out var envelope));
                Assert.Equal(taken, ((Read)envelope.Message).Query);
            }

            Assert.Equal((0, 0L, false), (_queue.Requests, _queue.Bytes, _queue.HasMessages));
        }
    }

    [Fact]
    public async Task Requests_of_many_threads_are_all_answered()
    {
        const int Threads = 4;
        const int Each = 50_000;
        using var done = new CountdownEvent(Threads);
        var answers = 0;
        var sender = Sys.ActorOf(Props.Create(() => new CountingActor(() => Interlocked.Increment(ref answers))));
        var taken = 0;
        var telling = Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var sent = 0; sent < Each; sent++)
            {
                Enqueue(new Apply(new byte[1000]), sender);
            }

            done.Signal();
        })).ToArray();
        await Task.Run(() =>
        {
            while (!done.IsSet || _queue.HasMessages)
            {
                taken += _queue.TryDequeue(out var _) ? 1 : 0;
            }
        });
        await Task.WhenAll(telling);
        await AwaitAssertAsync(() => Assert.Equal(Threads * Each, taken + Volatile.Read(ref answers)));
        Assert.Equal((0, 0L), (_queue.Requests, _queue.Bytes));
    }

    [Fact]
    public void A_message_that_comes_after_the_actors_end_is_a_dead_letter()
    {
        var dead = new UnboundedMessageQueue();
        Enqueue(new Read("before"), _flood);
        _queue.CleanUp(TestActor, dead);

        Enqueue(new Read("after"), _flood);
        Enqueue(new Shutdown(), _flood);

        Assert.Equal(3, dead.Count);
        Assert.Equal((0, 0, 0L), (_queue.Count, _queue.Requests, _queue.Bytes));
    }

    [Fact]
    public async Task No_message_is_lost_between_its_sender_and_the_actors_end()
    {
        for (var round = 0; round < 200; round++)
        {
            var queue = new IntakeQueue(TestActor, maxRequests: 1024, MaxBytes);
            var dead = new UnboundedMessageQueue();
            const int Sent = 100;
            using var begin = new Barrier(2);
            var telling = Task.Run(() =>
            {
                begin.SignalAndWait();
                for (var sent = 0; sent < Sent; sent++)
                {
                    queue.Enqueue(TestActor, new Envelope(new Read(sent), _flood, Sys));
                }
            });
            begin.SignalAndWait();
            queue.CleanUp(TestActor, dead);
            await telling;
            Assert.Equal((Sent, 0), (dead.Count, queue.Count));
        }
    }

    [Theory]
    [InlineData("max-requests = 1")]
    [InlineData("max-bytes = 1KiB")]
    public void Wrong_settings_are_refused_by_name(string setting)
    {
        var config = ConfigurationFactory.ParseString(setting)
            .WithFallback(RaftSettings.DefaultConfig().GetConfig(IntakeMailbox.Id));
        var refused = Assert.Throws<RaftConfigurationException>(() => new IntakeMailbox(Sys.Settings, config));
        Assert.Contains(IntakeMailbox.Id, refused.Message, StringComparison.Ordinal);
    }

    private void Enqueue(object message, IActorRef sender) => _queue.Enqueue(TestActor, new Envelope(message, sender, Sys));

    private sealed class CountingActor : ReceiveActor
    {
        public CountingActor(Action count) => ReceiveAny(_ => count());
    }
}
