using Raft.Actors.Log;
using Raft.Actors.Model;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

/// <summary>Group commit, and nothing that asserts durability before its time.</summary>
public sealed class JournalQueueTests
{
    private readonly JournalQueue _queue = new(maxEntriesPerEvent: 4, maxBytesPerEvent: 10_000);
    private readonly List<string> _ran = [];

    [Fact]
    public void An_empty_queue_has_nothing_to_write_and_everything_is_durable()
    {
        _queue.Recovered(7);
        Assert.False(_queue.TryBegin(default, out var events));
        Assert.Empty(events);
        Assert.Equal((true, false, 7), (_queue.IsEmpty, _queue.IsWriting, _queue.DurableIndex));
        WhenDurable("at once");
        Assert.Equal(["at once"], _ran);
    }

    [Fact]
    public void Events_that_gather_during_a_write_become_the_next_write()
    {
        Append(1, 2);
        Assert.Equal(["1-2"], Begin());
        Append(3);
        Append(4);
        Assert.False(_queue.TryBegin(default, out _));
        Assert.Equal(0, _queue.DurableIndex);
        _queue.Complete();
        Assert.Equal(2, _queue.DurableIndex);
        Assert.False(_queue.IsEmpty);
        Assert.Equal(["3-4"], Begin());
        _queue.Complete();
        Assert.Equal((4, true), (_queue.DurableIndex, _queue.IsEmpty));
    }

    [Fact]
    public void The_queue_names_the_write_that_makes_all_durable_and_counts_waiting_events()
    {
        Assert.Equal(0, _queue.AwaitedWrite);
        Append(1, 2);
        _queue.Add(new HardStateChanged(2, Server1));
        WhenDurable("first");
        Assert.Equal((1, new JournalQueueSize(2, 1, 1)), (_queue.AwaitedWrite, _queue.Size));
        Begin();
        Assert.Equal(1, _queue.AwaitedWrite);
        Append(3);
        WhenDurable("second");
        Assert.Equal((2, new JournalQueueSize(3, 1, 2)), (_queue.AwaitedWrite, _queue.Size));
        _queue.Complete();
        Assert.Equal((2, new JournalQueueSize(1, 0, 1)), (_queue.AwaitedWrite, _queue.Size));
        Begin();
        _queue.Complete();
        Assert.Equal((0, default(JournalQueueSize)), (_queue.AwaitedWrite, _queue.Size));
    }

    [Fact]
    public void An_action_asked_for_twice_for_one_write_runs_once()
    {
        Append(1);
        _queue.WhenDurable(() => _ran.Add("first, asked once"), key: "one");
        _queue.WhenDurable(() => _ran.Add("other"), key: "other");
        _queue.WhenDurable(() => _ran.Add("first, asked again"), key: "one");
        WhenDurable("without a key");
        WhenDurable("without a key");
        Begin();
        _queue.WhenDurable(() => _ran.Add("first, asked while it is written"), key: "one");
        Append(2);
        _queue.WhenDurable(() => _ran.Add("second"), key: "one");
        _queue.Complete();
        Assert.Equal(["first, asked while it is written", "other", "without a key", "without a key"], _ran);
        Begin();
        _queue.Complete();
        _queue.WhenDurable(() => _ran.Add("at once"), key: "one");
        Assert.Equal(["second", "at once"], _ran[4..]);
    }

    [Fact]
    public void Events_keep_the_order_of_the_decisions()
    {
        Append(1);
        _queue.Add(new HardStateChanged(2, Server1));
        Append(2);
        _queue.Add(new HardStateChanged(3, default));
        _queue.Add(new HardStateChanged(3, Server2));
        Assert.Equal(["1-1", "term 2 n1", "2-2", "term 3 none", "term 3 n2"], Begin());
    }

    [Fact]
    public void An_event_stops_at_its_count()
    {
        Append(1, 9);
        Assert.Equal(["1-4", "5-8", "9-9"], Begin());
    }

    [Fact]
    public void An_event_stops_at_its_bytes_and_a_larger_entry_makes_one_alone()
    {
        var queue = new JournalQueue(100, maxBytesPerEvent: 2 * (100 + LogEntry.Overhead));
        foreach (var (index, bytes) in new[] { (1, 100), (2, 100), (3, 101), (4, 5000), (5, 1) })
        {
            queue.Add(Entry(index, 1, bytes));
        }

        Assert.True(queue.TryBegin(default, out var events));
        Assert.Equal(["1-2", "3-3", "4-4", "5-5"], events.Select(Describe));
    }

    [Fact]
    public void An_event_that_replaces_a_suffix_begins_with_its_first_entry()
    {
        Append(1, 3);
        _queue.Truncated(2);
        Append(2, 2);
        Assert.Equal(["1-3", "2-3"], Begin());
    }

    [Fact]
    public void Actions_run_in_their_order_when_all_that_came_before_them_is_durable()
    {
        Append(1);
        WhenDurable("first write, a");
        WhenDurable("first write, b");
        Begin();
        WhenDurable("first write, c");
        Append(2);
        WhenDurable("second write");
        Assert.Empty(_ran);
        _queue.Complete();
        Assert.Equal(["first write, a", "first write, b", "first write, c"], _ran);
        WhenDurable("second write too");
        Begin();
        Assert.Equal(3, _ran.Count);
        _queue.Complete();
        Assert.Equal(["second write", "second write too"], _ran.Skip(3));
        WhenDurable("nothing to wait for");
        Assert.Equal(6, _ran.Count);
    }

    [Fact]
    public void An_action_may_gather_more_and_wait_for_it()
    {
        Append(1);
        _queue.WhenDurable(() =>
        {
            Append(2);
            WhenDurable("of the second write");
        });
        Begin();
        WhenDurable("of the first write");
        _queue.Complete();
        Assert.Equal(["of the first write"], _ran);
        Assert.Equal(["2-2"], Begin());
        _queue.Complete();
        Assert.Equal(["of the first write", "of the second write"], _ran);
    }

    [Fact]
    public void The_durable_index_falls_back_where_entries_are_replaced()
    {
        _queue.Recovered(10);
        _queue.Truncated(6);
        Append(6);
        Assert.Equal(5, _queue.DurableIndex);
        Begin();
        Assert.Equal(5, _queue.DurableIndex);
        _queue.Complete();
        Assert.Equal(6, _queue.DurableIndex);
    }

    [Fact]
    public void A_write_of_entries_that_were_replaced_meanwhile_says_nothing_of_those_that_replaced_them()
    {
        _queue.Recovered(4);
        Append(5, 4);
        Begin();
        _queue.Truncated(7);
        Append(7, 2);
        _queue.Complete();
        Assert.InRange(_queue.DurableIndex, 4, 6);
        Begin();
        _queue.Complete();
        Assert.Equal(8, _queue.DurableIndex);
    }

    [Fact]
    public void An_entry_that_is_replaced_and_comes_back_is_durable_only_when_it_was_written_again()
    {
        _queue.Recovered(4);
        Append(5, 2);
        Begin();
        _queue.Truncated(5);
        Append(5, 2);
        _queue.Truncated(5);
        Append(5, 2);
        _queue.Complete();
        Assert.Equal(4, _queue.DurableIndex);
        Assert.Equal(["5-6", "5-6"], Begin());
        _queue.Complete();
        Assert.Equal(6, _queue.DurableIndex);
    }

    [Fact]
    public void A_change_of_term_alone_moves_no_index()
    {
        _queue.Recovered(3);
        _queue.Add(new HardStateChanged(2, default));
        Begin();
        _queue.Complete();
        Assert.Equal(3, _queue.DurableIndex);
    }

    [Fact]
    public void A_write_has_an_age_while_it_is_in_flight()
    {
        Append(1);
        Assert.Equal(TimeSpan.Zero, _queue.WriteAge(Milliseconds(50)));
        Assert.True(_queue.TryBegin(Milliseconds(100), out _));
        Assert.Equal(Milliseconds(30), _queue.WriteAge(Milliseconds(130)));
        _queue.Complete();
        Assert.Equal(TimeSpan.Zero, _queue.WriteAge(Milliseconds(500)));
    }

    private void Append(long index, int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            _queue.Add(Entry(index + i, 1));
        }
    }

    private void WhenDurable(string name) => _queue.WhenDurable(() => _ran.Add(name));

    private string[] Begin()
    {
        Assert.True(_queue.TryBegin(default, out var events));
        return [.. events.Select(Describe)];
    }

    private static string Describe(IJournalEvent written) => written switch
    {
        EntriesAppended appended => $"{appended.FirstIndex}-{appended.LastIndex}",
        HardStateChanged changed => $"term {changed.Term} {changed.VotedFor}",
        _ => throw new InvalidOperationException(),
    };
}
