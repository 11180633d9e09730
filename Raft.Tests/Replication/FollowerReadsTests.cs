using CsCheck;
using Raft.Actors.Replication;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

/// <summary>A read on a follower is answered behind what the leader had committed after the read came (dissertation 6.4).</summary>
public sealed class FollowerReadsTests
{
    private const long First = 1000;

    private static readonly TimeSpan Patience = Milliseconds(500);

    private readonly FollowerReads<string> _reads = new(First);

    [Fact]
    public void A_read_waits_for_its_index_and_until_that_is_committed_here()
    {
        _reads.Add("a");
        Assert.True(_reads.IsDue(Milliseconds(1), Patience));
        Assert.Equal(First + 1, _reads.Ask(Milliseconds(1)));
        Assert.Empty(_reads.Committed(100));
        _reads.Answer(First + 1, 7);
        Assert.Empty(_reads.Committed(6));
        Assert.Equal(1, _reads.Count);
        Assert.Null(_reads.FreshAsOf);
        Assert.Equal(["a"], _reads.Committed(7));
        Assert.Equal(0, _reads.Count);
    }

    [Fact]
    public void Freshness_counts_from_when_the_question_was_sent()
    {
        _reads.Want();
        _reads.Ask(Milliseconds(10));
        _reads.Answer(First + 1, 7);
        Assert.Empty(_reads.Committed(7));
        Assert.Equal(Milliseconds(10), _reads.FreshAsOf);
    }

    [Fact]
    public void A_question_that_was_sent_before_the_read_came_says_nothing_of_it()
    {
        _reads.Add("a");
        _reads.Ask(Milliseconds(1));
        _reads.Add("b");
        Assert.False(_reads.IsDue(Milliseconds(2), Patience));
        _reads.Answer(First + 1, 7);
        Assert.Equal(["a"], _reads.Committed(7));
        Assert.True(_reads.IsDue(Milliseconds(3), Patience));
        _reads.Ask(Milliseconds(3));
        _reads.Answer(First + 2, 7);
        Assert.Equal(["b"], _reads.Committed(7));
    }

    [Fact]
    public void Waiting_reads_share_a_question_and_keep_their_order()
    {
        _reads.Add("a");
        _reads.Add("b");
        _reads.Add("c");
        _reads.Ask(Milliseconds(1));
        _reads.Answer(First + 1, 7);
        Assert.Equal(["a", "b", "c"], _reads.Committed(9));
        Assert.False(_reads.IsDue(Milliseconds(2), Patience));
    }

    [Fact]
    public void An_unanswered_question_is_asked_again_after_a_while_or_of_the_next_leader()
    {
        _reads.Add("a");
        _reads.Ask(Milliseconds(1));
        Assert.False(_reads.IsDue(Milliseconds(500), Patience));
        Assert.True(_reads.IsDue(Milliseconds(501), Patience));
        _reads.Lose();
        Assert.True(_reads.IsDue(Milliseconds(2), Patience));
        _reads.Ask(Milliseconds(2));
        Assert.False(_reads.IsDue(Milliseconds(3), Patience));

        // The answer to the first question is late, and no worse for it: the read had come before that was sent.
        _reads.Answer(First + 1, 7);
        Assert.Equal(["a"], _reads.Committed(7));
    }

    [Fact]
    public void Answers_that_nobody_asked_for_do_not_count()
    {
        _reads.Add("a");
        _reads.Answer(First + 1, 7);
        _reads.Ask(Milliseconds(1));
        _reads.Answer(First, 7);
        _reads.Answer(First + 2, 7);
        _reads.Answer(1, 7);
        Assert.Empty(_reads.Committed(7));
        _reads.Answer(First + 1, 7);
        _reads.Answer(First + 1, 3);
        Assert.Equal(["a"], _reads.Committed(7));
    }

    [Fact]
    public void A_read_that_waits_too_long_is_given_up_at_either_stage()
    {
        _reads.Add("a");
        _reads.Add("b");
        _reads.Ask(Milliseconds(1));
        _reads.Answer(First + 1, 7);
        _reads.Add("c");
        _reads.Add("d");
        Assert.Equal(["a", "c"], _reads.TakeWhere(static read => read is "a" or "c"));
        Assert.Equal(["b"], _reads.Committed(7));
        Assert.Equal(1, _reads.Count);
    }

    [Fact]
    public void While_nothing_is_committed_here_the_answers_do_not_pile_up()
    {
        for (var number = 1; number <= 1000; number++)
        {
            _reads.Want();
            _reads.Answer(_reads.Ask(Milliseconds(number)), number);
        }

        Assert.Empty(_reads.Committed(999));
        Assert.True(_reads.FreshAsOf < Milliseconds(100));
        Assert.Empty(_reads.Committed(1000));
        Assert.Equal(Milliseconds(1000), _reads.FreshAsOf);
    }

    /// <summary>Whatever is lost, late or doubled: a read is answered at an index that the leader had reached after the read came.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void No_read_is_answered_behind_less_than_was_committed_before_it_came() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5]).List[1, 80].TryEach(
            static steps =>
            {
                var reads = new FollowerReads<long>(First);
                var (now, leaderCommit, ownCommit) = (0L, 0L, 0L);
                var sent = new List<(long Sequence, long Index)>();
                foreach (var (kind, number) in steps)
                {
                    now++;
                    switch (kind)
                    {
                        case 0:
                            reads.Add(leaderCommit);
                            break;
                        case 1:
                            leaderCommit += number;
                            break;
                        case 2 when reads.IsDue(Milliseconds(now), Milliseconds(number)):
                            sent.Add((reads.Ask(Milliseconds(now)), leaderCommit));
                            break;
                        case 3 when sent.Count > 0:
                            var (sequence, index) = sent[number % sent.Count];
                            reads.Answer(sequence, index);
                            break;
                        default:
                            ownCommit = Math.Min(leaderCommit, ownCommit + number);
                            break;
                    }

                    foreach (var committedBefore in reads.Committed(ownCommit))
                    {
                        Assert.True(ownCommit >= committedBefore);
                    }
                }
            },
            inputs: 3000);
}
