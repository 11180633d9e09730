using CsCheck;
using Raft.Actors.Snapshots;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Snapshots;

public sealed class TransferWindowTests
{
    [Fact]
    public void An_answer_is_to_a_piece_that_was_sent_and_within_the_snapshot()
    {
        var window = new TransferWindow(total: 100, maxPiece: 10, maxInFlight: 3);
        Assert.Contains("and 0 were sent", window.WhyNot(1, 0), StringComparison.Ordinal);
        window.Sent(10);
        Assert.Null(window.WhyNot(1, 0));
        Assert.Null(window.WhyNot(1, 100));
        Assert.Contains("and the snapshot has 100", window.WhyNot(1, 101), StringComparison.Ordinal);
        foreach (var unknown in new[] { 0, -1, 2, long.MaxValue })
        {
            Assert.Contains("and 1 were sent", window.WhyNot(unknown, 10), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_piece_is_sent_until_the_first_answer_and_then_a_window_of_them()
    {
        var window = new TransferWindow(total: 100, maxPiece: 10, maxInFlight: 3);
        Assert.Equal(1, window.Sent(10));
        Assert.False(window.CanSend);

        Assert.True(window.Answered(1, 10));
        Assert.Equal([2L, 3L, 4L], SendAll(window));
        Assert.Equal((10L, 40L), (window.Acknowledged, window.Next));

        Assert.True(window.Answered(3, 30));
        Assert.Equal([5L, 6L], SendAll(window));
    }

    [Fact]
    public void A_loss_goes_on_behind_what_was_acknowledged()
    {
        var window = Begun();
        SendAll(window);
        window.Lost();
        Assert.Equal((10L, 10L), (window.Acknowledged, window.Next));
        Assert.Single(SendAll(window));
    }

    [Fact]
    public void A_late_answer_with_less_says_nothing()
    {
        var window = Begun();
        var sent = SendAll(window);
        Assert.True(window.Answered(sent[^1], 40));
        Assert.False(window.Answered(sent[0], 20));
        Assert.Equal(40, window.Acknowledged);
    }

    [Fact]
    public void A_follower_that_has_less_than_it_had_begins_anew()
    {
        var window = Begun();
        var sent = SendAll(window);
        Assert.True(window.Answered(sent[^1], 40));
        var after = SendAll(window);

        Assert.True(window.Answered(after[0], 0));

        Assert.Equal((0L, 0L), (window.Acknowledged, window.Next));
        Assert.Single(SendAll(window));
    }

    [Fact]
    public void A_piece_that_was_not_the_next_one_is_followed_by_the_missing_one()
    {
        var window = Begun();
        var sent = SendAll(window);

        // The first of them is lost; the second comes.
        Assert.True(window.Answered(sent[1], 10));

        Assert.Equal(10, window.Next);
    }

    [Fact]
    public void Impossible_answers_are_ignored()
    {
        var window = Begun();
        Assert.False(window.Answered(99, 100));
        Assert.False(window.Answered(1, -1));
        Assert.False(window.Answered(1, 101));
        Assert.Equal(10, window.Acknowledged);
    }

    /// <summary>A network that loses, delays and doubles, and a follower that may forget all: the content arrives, without a hole.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_whole_snapshot_arrives_whatever_the_network_does() => Gen.Select(Gen.Int[1, 60], Gen.Int[1, 9], Gen.Int[1, 5], Gen.Int[0, 9].Array[400]).TryEach((total, maxPiece, maxInFlight, luck) =>
    {
        var window = new TransferWindow(total, maxPiece, maxInFlight);
        var toFollower = new List<(long Sequence, long Offset, int Length)>();
        var toLeader = new List<(long Sequence, long Offset)>();
        var arrived = 0L;
        foreach (var chance in luck)
        {
            Send();
            Deliver(chance);
            if (chance == 9)
            {
                arrived = 0;
            }
        }

        for (var calm = 0; calm < 1000 && arrived < total; calm++)
        {
            if (toFollower.Count == 0 && toLeader.Count == 0)
            {
                window.Lost();
                if (window.IsAllSent)
                {
                    // It asks whether the follower still has it all.
                    toFollower.Add((window.Sent(0), window.Next, 0));
                }
            }

            Send();
            Deliver(0);
        }

        Assert.Equal(total, arrived);

        void Send()
        {
            while (window.CanSend)
            {
                var offset = window.Next;
                var length = window.PieceOf(int.MaxValue);
                toFollower.Add((window.Sent(length), offset, length));
                Assert.InRange(window.Next, window.Acknowledged, total);
            }
        }

        void Deliver(int chance)
        {
            if (toFollower.Count > 0 && chance != 1)
            {
                var at = chance == 2 ? toFollower.Count - 1 : 0;
                var (sequence, offset, length) = toFollower[at];
                arrived += offset == arrived ? length : 0;
                toLeader.Add((sequence, arrived));
                if (chance != 3)
                {
                    toFollower.RemoveAt(at);
                }
            }
            else if (chance == 1)
            {
                toFollower.Clear();
            }

            if (toLeader.Count > 0 && chance != 4)
            {
                var at = chance == 5 ? toLeader.Count - 1 : 0;
                window.Answered(toLeader[at].Sequence, toLeader[at].Offset);
                toLeader.RemoveAt(at);
            }

            if (chance == 6)
            {
                window.Lost();
            }
        }
    });

    private static TransferWindow Begun()
    {
        var window = new TransferWindow(total: 100, maxPiece: 10, maxInFlight: 3);
        window.Sent(10);
        Assert.True(window.Answered(1, 10));
        return window;
    }

    private static List<long> SendAll(TransferWindow window)
    {
        var sent = new List<long>();
        while (window.CanSend)
        {
            sent.Add(window.Sent(window.PieceOf(int.MaxValue)));
        }

        return sent;
    }
}
