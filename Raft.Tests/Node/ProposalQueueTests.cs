using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node.Leading;
using Raft.Actors.Settings;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

/// <summary>The leader's intake is bounded in number and in bytes, and everybody in it is answered.</summary>
public sealed class ProposalQueueTests
{
    private readonly ProposalQueue _queue = new(new IntakeSettings
    {
        MaxCommandsInFlight = 3,
        MaxBytesInFlight = 1000,
        MaxCommandBytes = 1000,
        MaxCommandsWaiting = 2,
    });

    [Fact]
    public void The_queue_is_full_at_its_bound_of_commands()
    {
        Accept(1, 2, 3);
        Assert.False(_queue.HasRoomFor(Command(1)));
        _queue.Commit(2);
        Assert.False(_queue.HasRoomFor(Command(1)), "committed is not yet applied");
        _queue.Applied(1);
        Assert.Equal((true, 2), (_queue.HasRoomFor(Command(1)), _queue.InFlight));
    }

    [Fact]
    public void The_queue_is_full_at_its_bound_of_bytes()
    {
        Assert.True(_queue.HasRoomFor(Command(1000)), "the largest command fits into an empty intake");
        _queue.Accept(1, Command(600));
        Assert.False(_queue.HasRoomFor(Command(500)));
        Assert.True(_queue.HasRoomFor(Command(300)));
        _queue.Commit(1);
        _queue.Applied(1);
        Assert.True(_queue.HasRoomFor(Command(1000)));
    }

    [Fact]
    public void Waiting_commands_are_taken_in_order_and_none_overtakes()
    {
        Accept(1, 2, 3);
        var (large, small) = (Command(1000), Command(1));
        Assert.True(_queue.TryWait(large, default, Milliseconds(10)));
        Assert.True(_queue.TryWait(small, default, Milliseconds(10)));
        Assert.False(_queue.TryWait(Command(1), default, Milliseconds(10)), "too many wait");
        _queue.Commit(2);
        _queue.Applied(2);
        Assert.False(_queue.HasRoomFor(Command(1)), "others wait before it");
        Assert.False(_queue.TryTakeWaiting(out _));
        _queue.Commit(3);
        _queue.Applied(3);
        Assert.True(_queue.TryTakeWaiting(out var first));
        Assert.Same(large, first);
        _queue.Accept(4, first);
        Assert.False(_queue.TryTakeWaiting(out _));
    }

    [Fact]
    public void Waiting_commands_are_bounded_in_bytes_and_free_them_when_they_leave()
    {
        var queue = new ProposalQueue(new IntakeSettings { MaxCommandsInFlight = 1, MaxCommandsWaiting = 100, MaxBytesWaiting = 1000 });
        queue.Accept(1, Command(1));
        Assert.True(queue.TryWait(Command(600), default, Milliseconds(10)));
        Assert.False(queue.TryWait(Command(600), default, Milliseconds(10)), "600 bytes wait already");
        Assert.Single(queue.TakeExpired(Milliseconds(10)));
        Assert.True(queue.TryWait(Command(1000), default, Milliseconds(10)), "the largest command may wait alone");
        queue.Commit(1);
        queue.Applied(1);
        Assert.True(queue.TryTakeWaiting(out _));
        Assert.True(queue.TryWait(Command(1000), default, Milliseconds(10)));
        Assert.Single(queue.TakeWaiting());
        Assert.True(queue.TryWait(Command(1000), default, Milliseconds(10)));
    }

    [Fact]
    public void Commands_whose_time_is_up_leave_from_any_place()
    {
        Accept(1, 2, 3);
        _queue.TryWait(Command(1), Milliseconds(100), Milliseconds(50));
        _queue.TryWait(Command(2), Milliseconds(110), Milliseconds(20));
        Assert.Equal(Milliseconds(130), _queue.NextDeadline);
        Assert.Empty(_queue.TakeExpired(Milliseconds(129)));
        Assert.Equal([Milliseconds(25)], _queue.TakeExpired(Milliseconds(135)).Select(static expired => expired.Waited));
        Assert.Equal((Milliseconds(150), 1), (_queue.NextDeadline, _queue.WaitingCount));
        Assert.Single(_queue.TakeExpired(Milliseconds(150)));
        Assert.Null(_queue.NextDeadline);
    }

    [Fact]
    public void A_commit_names_the_clients_to_be_told_in_order_and_once()
    {
        Accept(2, 4, 7);
        Assert.Empty(_queue.Commit(1));
        Assert.Equal([2L, 4L], _queue.Commit(6).Select(static reply => reply.Index));
        Assert.Empty(_queue.Commit(6));
        Assert.Equal([7L], _queue.TakeUncommitted().Select(static reply => reply.Index));
        Assert.Equal(2, _queue.InFlight);
        _queue.Applied(4);
        Assert.Equal(0, _queue.InFlight);
    }

    [Fact]
    public void Lost_leadership_gives_back_the_room()
    {
        _queue.Accept(1, Command(900));
        _queue.TryWait(Command(900), default, Milliseconds(10));
        Assert.Single(_queue.TakeUncommitted());
        Assert.Single(_queue.TakeWaiting());
        Assert.Equal((0, 0), (_queue.InFlight, _queue.WaitingCount));
        Assert.True(_queue.HasRoomFor(Command(1000)));
    }

    [Fact]
    public void Entries_of_other_leaders_make_no_room()
    {
        Accept(5, 6, 7);
        _queue.Applied(100);
        Assert.Equal(3, _queue.InFlight);
    }

    [Fact]
    public void One_sender_leaves_room_for_the_next_and_several_have_equal_shares()
    {
        var queue = new ProposalQueue(new IntakeSettings { MaxCommandsInFlight = 900, MaxBytesInFlight = 1000 * 1000, MaxCommandBytes = 1000 });
        var (first, second) = (Flood("a"), Flood("b"));
        Assert.Equal(800, first);
        Assert.InRange(second, 80, 100);

        // What the first gave back, the second may have.
        queue.Commit(400);
        queue.Applied(400);
        Assert.True(Flood("b") > 200);
        Assert.InRange(Flood("a"), 0, 100);

        int Flood(string sender)
        {
            var taken = 0;
            while (queue.HasRoomFor(Command(1, sender)))
            {
                queue.Accept(queue.InFlight + 1, Command(1, sender));
                taken++;
            }

            return taken;
        }
    }

    [Fact]
    public void Large_commands_take_no_more_bytes_than_small_ones_and_are_not_kept_out_by_them()
    {
        var queue = new ProposalQueue(new IntakeSettings
        {
            MaxCommandsInFlight = 1000,
            MaxBytesInFlight = 100_000,
            MaxCommandBytes = 90_000,
            MaxCommandsWaiting = 1000,
            MaxBytesWaiting = 100_000_000,
        });
        queue.Accept(1, Command(90_000, "x"));
        for (var number = 0; number < 10; number++)
        {
            Assert.True(queue.TryWait(Command(60_000, "large"), default, Milliseconds(10)));
        }

        for (var number = 0; number < 500; number++)
        {
            Assert.True(queue.TryWait(Command(1_000, "small"), default, Milliseconds(10)));
        }

        // As fast as they come in they are applied: in the end both have had the same.
        var bytes = new Dictionary<string, long> { ["large"] = 0, ["small"] = 0 };
        queue.Commit(1);
        queue.Applied(1);
        for (var index = 2L; queue.WaitingCount > 100 && queue.TryTakeWaiting(out var taken); index++)
        {
            bytes[taken.Client.Path.Parent.Name] += taken.Size;
            queue.Accept(index, taken);
            queue.Commit(index);
            queue.Applied(index);
        }

        Assert.InRange(bytes["large"], bytes["small"] / 2, bytes["small"] * 2);
        Assert.True(bytes["large"] >= 180_000);
    }

    [Fact]
    public void Commands_that_wait_for_room_are_not_overtaken_by_new_ones()
    {
        Accept(1, 2, 3);
        Assert.True(_queue.TryWait(Command(1000, "large"), default, Milliseconds(10)));
        _queue.Commit(1);
        _queue.Applied(1);
        Assert.False(_queue.TryTakeWaiting(out _));
        Assert.False(_queue.HasRoomFor(Command(1, "small")));
    }

    [Fact]
    public void All_that_a_client_makes_actors_for_is_one_sender()
    {
        Assert.Equal("akka://s/user/client", ProposalSender.Of(new Sender("user", "client", "$a", "$b")).ToString());
        Assert.Equal("akka://s/user/client", ProposalSender.Of(new Sender("user", "client")).ToString());
        Assert.Equal("akka://s/temp", ProposalSender.Of(new Sender("temp", "$a")).ToString());
        Assert.Equal(ProposalSender.Of(new Sender("temp", "$a")), ProposalSender.Of(new Sender("temp", "$b")));
        Assert.NotEqual(ProposalSender.Of(new Sender("user", "a", "$a")), ProposalSender.Of(new Sender("user", "b", "$a")));
    }

    [Fact]
    public void A_refusal_says_when_the_commands_in_flight_will_be_applied()
    {
        Assert.Equal(Milliseconds(10), _queue.RetryAfter(Milliseconds(1000)));
        _queue.Accept(1, Command(1), Milliseconds(1000));
        Assert.Equal(Milliseconds(300), _queue.RetryAfter(Milliseconds(1300)));
        _queue.Commit(1);
        _queue.Applied(1, Milliseconds(1400));
        Assert.Equal(Milliseconds(400), _queue.RetryAfter(Milliseconds(1400)));
        _queue.Accept(2, Command(1), Milliseconds(1400));
        Assert.Equal(Milliseconds(5000), _queue.RetryAfter(Milliseconds(99_000)));
    }

    private void Accept(params long[] indexes)
    {
        foreach (var index in indexes)
        {
            Assert.True(_queue.HasRoomFor(Command(1)));
            _queue.Accept(index, Command(1));
        }
    }

    private static Proposal Command(int bytes, string? sender = null) => new(
        EntryKind.Command,
        new EncodedPayload(PayloadFormat.Bytes, new byte[bytes]),
        default,
        sender is null ? ActorRefs.Nobody : new Sender("user", sender, "$a"));

    /// <summary>An actor's place, and nothing else of it.</summary>
    private sealed class Sender(params string[] names) : MinimalActorRef
    {
        public override ActorPath Path { get; } = names.Aggregate((ActorPath)new RootActorPath(new Address("akka", "s")), static (path, name) => path / name);

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }
}
