using Raft.Actors.Model;
using Raft.Actors.Replication;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

public sealed class ProgressTests
{
    private readonly Progress _progress = new(nextIndex: 11, maxInFlight: 3);

    [Fact]
    public void A_probe_is_sent_one_at_a_time_and_moves_nothing_ahead()
    {
        Assert.Equal((ProgressState.Probe, 11, 0, true), (_progress.State, _progress.NextIndex, _progress.MatchIndex, _progress.CanSend));
        _progress.Sent(lastIndex: 15, Milliseconds(1));
        Assert.Equal((11, false, Milliseconds(1)), (_progress.NextIndex, _progress.CanSend, _progress.OldestSentAt));
    }

    [Fact]
    public void Agreement_opens_the_window()
    {
        Agree(upTo: 15);
        Assert.Equal((ProgressState.Replicate, 16, 15), (_progress.State, _progress.NextIndex, _progress.MatchIndex));
        _progress.Sent(20, default);
        _progress.Sent(25, default);
        Assert.True(_progress.CanSend);
        _progress.Sent(30, default);
        Assert.Equal((31, false), (_progress.NextIndex, _progress.CanSend));
    }

    [Fact]
    public void One_answer_confirms_all_that_was_sent_before()
    {
        Agree(upTo: 15);
        _progress.Sent(20, Milliseconds(1));
        var second = _progress.Sent(25, Milliseconds(2));
        _progress.Sent(30, Milliseconds(3));
        Assert.True(_progress.Succeeded(second, 25));
        Assert.Equal((25, 31, Milliseconds(3)), (_progress.MatchIndex, _progress.NextIndex, _progress.OldestSentAt));
    }

    [Fact]
    public void Late_and_doubled_answers_raise_nothing_twice_and_lower_nothing()
    {
        Agree(upTo: 15);
        var first = _progress.Sent(20, default);
        var second = _progress.Sent(25, default);
        Assert.True(_progress.Succeeded(second, 25));
        Assert.False(_progress.Succeeded(second, 25));
        Assert.False(_progress.Succeeded(first, 20));
        Assert.Equal((25, 26), (_progress.MatchIndex, _progress.NextIndex));
        Assert.Null(_progress.OldestSentAt);
    }

    [Fact]
    public void An_answer_confirms_no_more_than_was_sent()
    {
        Assert.Contains("answers message 1, and 0 were sent", _progress.WhyNot(1, 0), StringComparison.Ordinal);
        Agree(upTo: 15);
        var second = _progress.Sent(20, default);
        Assert.Null(_progress.WhyNot(1, 15));
        Assert.Null(_progress.WhyNot(second, 20));

        // An earlier message's answer may confirm what a later one brought: follower and leader agree on one answer for several.
        Assert.Null(_progress.WhyNot(1, 20));
        Assert.Contains("answers message 3, and 2 were sent", _progress.WhyNot(3, 20), StringComparison.Ordinal);
        foreach (var tooMuch in new[] { 21, long.MaxValue, -1 })
        {
            Assert.Contains("those up to 20 were sent", _progress.WhyNot(second, tooMuch), StringComparison.Ordinal);
        }

        foreach (var unknown in new[] { 0, -1, long.MinValue, long.MaxValue })
        {
            Assert.NotNull(_progress.WhyNot(unknown, 15));
        }
    }

    [Fact]
    public void A_reject_goes_back_to_probing_where_the_hint_says()
    {
        var sequence = _progress.Sent(15, default);
        Assert.Equal(Rejection.Conflict, _progress.Rejected(sequence, LogOf(Times(15, 1)).View, conflictTerm: 0, conflictIndex: 4));
        Assert.Equal((ProgressState.Probe, 4, true), (_progress.State, _progress.NextIndex, _progress.CanSend));
        Assert.Equal(Rejection.Stale, _progress.Rejected(sequence, LogOf(Times(15, 1)).View, 0, 2));
        Assert.Equal(4, _progress.NextIndex);
    }

    [Fact]
    public void Rejections_of_later_messages_change_nothing_after_the_first()
    {
        Agree(upTo: 15);
        var first = _progress.Sent(20, default);
        var second = _progress.Sent(25, default);
        Assert.Equal(Rejection.Conflict, _progress.Rejected(second, LogOf(Times(30, 1)).View, 0, 16));
        Assert.Equal((ProgressState.Probe, 16), (_progress.State, _progress.NextIndex));
        Assert.Equal(Rejection.Stale, _progress.Rejected(first, LogOf(Times(30, 1)).View, 0, 3));
        var probe = _progress.Sent(30, default);
        Assert.True(_progress.Succeeded(first, 20), "that it was late does not make it untrue");
        Assert.Equal((ProgressState.Probe, 20, 21), (_progress.State, _progress.MatchIndex, _progress.NextIndex));
        Assert.True(_progress.Succeeded(probe, 30));
        Assert.Equal((ProgressState.Replicate, 31), (_progress.State, _progress.NextIndex));
    }

    [Fact]
    public void A_reject_never_leads_below_what_matched()
    {
        var ahead = _progress.Sent(15, default);
        _progress.Succeeded(ahead, 15);
        var first = _progress.Sent(20, default);
        var second = _progress.Sent(25, default);
        _progress.Succeeded(first, 20);
        Assert.Equal(Rejection.Conflict, _progress.Rejected(second, LogOf(Times(30, 1)).View, 0, 3));
        Assert.Equal(21, _progress.NextIndex);
    }

    [Fact]
    public void Lost_entries_are_sent_again_from_the_last_index_that_matched()
    {
        Agree(upTo: 15);
        _progress.Sent(20, default);
        _progress.Sent(25, default);
        _progress.Lost();
        Assert.Equal((ProgressState.Probe, 16, true), (_progress.State, _progress.NextIndex, _progress.CanSend));
        Assert.Null(_progress.OldestSentAt);
    }

    [Fact]
    public void A_follower_that_denies_what_it_confirmed_counts_for_nothing_until_it_is_filled_up_again()
    {
        Agree(upTo: 15);
        var log = LogOf(Times(30, 1)).View;
        var before = _progress.Sent(20, default);
        Assert.Equal(Rejection.EntriesLost, _progress.Rejected(before, log, 0, 1));
        Assert.Equal((ProgressState.Probe, 0, 1), (_progress.State, _progress.MatchIndex, _progress.NextIndex));
        Assert.False(_progress.Succeeded(before, 20), "what it said before the loss is void");
        Agree(upTo: 20);
        Assert.Equal((20, 21), (_progress.MatchIndex, _progress.NextIndex));
    }

    [Fact]
    public void A_message_that_overtook_another_is_rejected_without_anything_being_lost()
    {
        Agree(upTo: 15);
        var first = _progress.Sent(20, default);
        var second = _progress.Sent(25, default);
        _progress.Succeeded(first, 20);
        Assert.Equal(Rejection.Conflict, _progress.Rejected(second, LogOf(Times(30, 1)).View, 0, 16));
        Assert.Equal(21, _progress.NextIndex);
    }

    private void Agree(long upTo) => _progress.Succeeded(_progress.Sent(upTo, default), upTo);
}
