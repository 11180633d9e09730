using System.Text;
using Raft.Actors.Model;
using Raft.Actors.StateMachine;
using Raft.Actors.Watching;
using Raft.Host.KeyValue;
using Xunit;

namespace Raft.Tests.Watching;

/// <summary>What watchers are told: every change once, in order, or that some are forgotten.</summary>
public sealed class ChangeFeedTests
{
    private readonly ChangeFeed _feed = new(maxBytes: 1000);

    [Fact]
    public void Changes_are_taken_in_order_from_any_index_on()
    {
        Put(3, "a", "1");
        _feed.Applied(4, null);
        Put(7, "b", "2");
        Assert.Equal([3L, 7L], Take(1).Select(static change => change.Index));
        Assert.Equal([7L], Take(4).Select(static change => change.Index));
        Assert.Empty(Take(8));
        Assert.Equal(7, _feed.Last);
    }

    [Fact]
    public void Changes_beyond_the_bound_of_bytes_are_forgotten_and_readers_are_told()
    {
        for (var index = 1; index <= 1000; index++)
        {
            Put(index, "key", "value");
        }

        Assert.Equal(FeedState.Forgotten, _feed.Take(1, default, int.MaxValue, [], out _, out _));
        Assert.Equal(FeedState.Forgotten, _feed.Take(_feed.Forgotten, default, int.MaxValue, [], out _, out _));
        var left = Take(_feed.Forgotten + 1);
        Assert.InRange(left.Count, 5, 20);
        Assert.Equal(Enumerable.Range(0, left.Count).Select(place => 1000L - left.Count + 1 + place), left.Select(static change => change.Index));
    }

    [Fact]
    public void A_state_machine_that_begins_anew_reports_no_change_twice()
    {
        Put(1, "a", "1");
        Put(2, "b", "2");
        _feed.Restored(1);
        Put(2, "b", "2");
        Put(3, "c", "3");
        Assert.Equal([1L, 2L, 3L], Take(1).Select(static change => change.Index));
    }

    [Fact]
    public void An_installed_snapshot_makes_earlier_changes_unknown()
    {
        Put(1, "a", "1");
        Assert.Equal(FeedState.Current, _feed.Take(2, default, int.MaxValue, [], out var more, out _));
        _feed.Restored(50);
        Assert.True(more.IsCompleted);
        Assert.Equal(FeedState.Forgotten, _feed.Take(2, default, int.MaxValue, [], out _, out _));
        Assert.Equal(FeedState.Forgotten, _feed.Take(50, default, int.MaxValue, [], out _, out _));
        Put(52, "b", "2");
        Assert.Equal([52L], Take(51).Select(static change => change.Index));
    }

    [Fact]
    public void A_waiting_reader_is_woken_by_the_next_change()
    {
        Assert.Equal(FeedState.Current, _feed.Take(1, default, int.MaxValue, [], out var more, out _));
        _feed.Applied(1, null);
        Assert.False(more.IsCompleted);
        Put(2, "a", "1");
        Assert.True(more.IsCompleted);
    }

    [Fact]
    public void The_state_machine_reports_exactly_what_has_changed()
    {
        var machine = new KeyValueStateMachine(_feed);
        Apply(machine, 1, KeyValueCommand.Put(Bytes("a"), Bytes("1")));
        Apply(machine, 2, KeyValueCommand.Put(Bytes("a"), Bytes("2"), KeyValueCondition.Absent));
        Apply(machine, 3, KeyValueCommand.Delete(Bytes("none")));
        Apply(machine, 4, KeyValueCommand.Delete(Bytes("a")));
        machine.Apply(new Command(5, 1, Bytes("nonsense"), null, default, 0));

        var changes = Take(1);
        Assert.Equal([1L, 4L], changes.Select(static change => change.Index));
        Assert.Equal("1", Encoding.UTF8.GetString(changes[0].Value!.Value.Span));
        Assert.Null(changes[1].Value);
        Assert.Equal(5, _feed.Last);
    }

    private static void Apply(KeyValueStateMachine machine, long index, KeyValueCommand command) =>
        machine.Apply(new Command(index, 1, KeyValueCommandCodec.Encode(command), null, default, 0));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Put(long index, string key, string value) => _feed.Applied(index, new KeyChange(index, Bytes(key), Bytes(value)));

    private List<KeyChange> Take(long from)
    {
        var changes = new List<KeyChange>();
        Assert.Equal(FeedState.Current, _feed.Take(from, default, int.MaxValue, changes, out _, out var next));
        Assert.Equal(Math.Max(from, _feed.Last + 1), next);
        return changes;
    }
}
