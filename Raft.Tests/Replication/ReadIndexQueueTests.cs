using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Replication;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

/// <summary>A read is confirmed by a round of heartbeats that began after it came (dissertation 6.4).</summary>
public sealed class ReadIndexQueueTests
{
    private readonly ReadIndexQueue<string> _queue = new(Server1);

    [Fact]
    public void A_read_is_confirmed_by_a_majority_that_answers_the_round_that_began_after_it()
    {
        _queue.Add("a");
        Assert.True(_queue.NeedsRound);
        Assert.Equal(1, _queue.Begin());
        Assert.False(_queue.NeedsRound);
        Assert.Empty(_queue.TakeConfirmed(Voters(3)));
        _queue.Answer(Server2, 1);
        Assert.Equal(["a"], _queue.TakeConfirmed(Voters(3)));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void A_round_that_was_under_way_when_the_read_came_does_not_confirm_it()
    {
        _queue.Add("a");
        _queue.Begin();
        _queue.Add("b");
        Assert.True(_queue.NeedsRound);
        Assert.False(_queue.IsConfirmed(Voters(3)));
        _queue.Answer(Server2, 1);
        Assert.Equal(["a"], _queue.TakeConfirmed(Voters(3)));
        Assert.True(_queue.IsConfirmed(Voters(3)));
        Assert.Equal(2, _queue.Begin());
        _queue.Answer(Server3, 1);
        Assert.Empty(_queue.TakeConfirmed(Voters(3)));
        _queue.Answer(Server3, 2);
        Assert.Equal(["b"], _queue.TakeConfirmed(Voters(3)));
    }

    [Fact]
    public void Waiting_reads_share_a_round_and_keep_their_order()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("c");
        _queue.Begin();
        _queue.Answer(Server3, 1);
        Assert.Equal(["a", "b", "c"], _queue.TakeConfirmed(Voters(3)));
        Assert.False(_queue.NeedsRound);
    }

    [Fact]
    public void A_single_voter_confirms_itself()
    {
        _queue.Add("a");
        _queue.Begin();
        Assert.Equal(["a"], _queue.TakeConfirmed(Voters(1)));
    }

    [Fact]
    public void Late_and_doubled_answers_and_those_of_strangers_do_not_count()
    {
        _queue.Add("a");
        _queue.Begin();
        _queue.Answer(new ServerId("n9"), 1);
        _queue.Answer(Server2, 0);
        Assert.Empty(_queue.TakeConfirmed(Voters(3)));
        _queue.Answer(Server2, 1);
        _queue.Answer(Server2, 1);
        Assert.Empty(_queue.TakeConfirmed(Voters(5)));
    }

    [Fact]
    public void Without_voters_nothing_is_confirmed()
    {
        _queue.Add("a");
        _queue.Begin();
        Assert.Empty(_queue.TakeConfirmed([]));
    }

    [Fact]
    public void Lost_leadership_gives_up_all_waiting_reads()
    {
        _queue.Add("a");
        _queue.Begin();
        _queue.Add("b");
        Assert.Equal(["a", "b"], _queue.TakeAll());
        Assert.Equal(0, _queue.Count);
    }

    /// <summary>Whatever the order of requests, rounds and answers: whoever is confirmed was answered by a majority after it came.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void No_read_is_confirmed_by_answers_to_what_was_sent_before_it() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 5], Gen.Int[0, 3]).List[1, 60].TryEach(
            static steps =>
            {
                var queue = new ReadIndexQueue<int>(Server1);
                var begunBefore = new List<long>();
                var answered = Voters(5).ToDictionary(static voter => voter, static _ => 0L);
                foreach (var (kind, number, back) in steps)
                {
                    switch (kind)
                    {
                        case 0:
                            queue.Add(begunBefore.Count);
                            begunBefore.Add(queue.Round);
                            break;
                        case 1 when queue.NeedsRound:
                            queue.Begin();
                            break;
                        default:
                            var round = Math.Max(0, queue.Round - back);
                            answered[Voters(5)[number - 1]] = Math.Max(round, answered[Voters(5)[number - 1]]);
                            queue.Answer(Voters(5)[number - 1], round);
                            break;
                    }

                    answered[Server1] = queue.Round;
                    foreach (var taken in queue.TakeConfirmed(Voters(5)))
                    {
                        Assert.True(answered.Values.Count(latest => latest > begunBefore[taken]) >= 3);
                    }
                }
            },
            inputs: 3000);
}
