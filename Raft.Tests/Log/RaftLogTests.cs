using CsCheck;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

public sealed class RaftLogTests
{
    [Fact]
    public void An_empty_log_ends_at_its_base()
    {
        var log = new RaftLog(baseIndex: 7, baseTerm: 3);
        Assert.Equal((8, 7, 3), (log.FirstIndex, log.LastIndex, log.LastTerm));
        Assert.Equal(3, log.TermAt(7));
        Assert.Null(log.TermAt(8));
        Assert.Null(log.TermAt(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => log[7]);
        log.Append(Entry(8, 3));
        Assert.Equal(8, log[8].Index);
    }

    [Fact]
    public void An_index_is_not_skipped_and_a_term_never_falls()
    {
        var log = LogOf(1, 2);
        Assert.Throws<InvalidOperationException>(() => log.Append(Entry(4, 2)));
        Assert.Throws<InvalidOperationException>(() => log.Append(Entry(2, 2)));
        Assert.Throws<InvalidOperationException>(() => log.Append(Entry(3, 1)));
        Assert.Throws<InvalidOperationException>(() => new RaftLog(7, 3).Append(Entry(8, 2)));
        Assert.Equal([1, 2], TermsOf(log.View));
    }

    [Fact]
    public void Only_what_is_held_can_be_truncated()
    {
        var log = LogOf(1, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.TruncateFrom(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.TruncateFrom(3));
        log.TruncateFrom(1);
        Assert.Equal((0, 0), (log.LastIndex, log.LastTerm));
    }

    [Theory]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(4097)]
    public void A_view_stays_as_it_was_over_segment_borders(int length)
    {
        var log = LogOf(Times(length, 1));
        var full = log.View;
        log.Append(Entry(length + 1, 1));
        foreach (var cut in new[] { length, 1025, 1024, 1023, 1 })
        {
            if (cut > log.LastIndex)
            {
                continue;
            }

            log.TruncateFrom(cut);
            var shortened = log.View;
            log.Append(Entries(cut, Times(2000, cut + 1)));
            Assert.Equal(cut - 1, shortened.LastIndex);
            Assert.Equal(Times(cut - 1, 1), TermsOf(shortened));
            log.TruncateFrom(cut);
            log.Append(Entries(cut, Times(length, 1)));
        }

        Assert.Equal(length, full.LastIndex);
        Assert.Equal(Times(length, 1), TermsOf(full));
        Assert.Equal(Enumerable.Range(1, length).Select(static index => (long)index), AllOf(full).Select(static entry => entry.Index));
    }

    [Fact]
    public void A_slice_stops_at_the_count_and_at_the_bytes()
    {
        var log = new RaftLog();
        for (var index = 1; index <= 5; index++)
        {
            log.Append(Entry(index, 1, bytes: 100));
        }

        var size = log[1].Size;
        Assert.Equal(100 + LogEntry.Overhead, size);
        Assert.Equal([2L, 3L], log.View.Slice(2, 2, long.MaxValue).Select(static entry => entry.Index));
        Assert.Equal([2L, 3L], log.View.Slice(2, 10, 2 * size).Select(static entry => entry.Index));
        Assert.Equal([2L], log.View.Slice(2, 10, (2 * size) - 1).Select(static entry => entry.Index));
        Assert.Equal([5L], log.View.Slice(5, 10, long.MaxValue).Select(static entry => entry.Index));
        Assert.Empty(log.View.Slice(6, 10, long.MaxValue));
        Assert.Empty(log.View.Slice(1, 0, long.MaxValue));
    }

    [Fact]
    public void A_slice_holds_an_entry_that_is_larger_than_the_limit_by_itself()
    {
        var log = new RaftLog();
        log.Append(Entry(1, 1, bytes: 1000));
        log.Append(Entry(2, 1));
        Assert.Equal([1L], log.View.Slice(1, 10, maxBytes: 1).Select(static entry => entry.Index));
    }

    [Fact]
    public void The_first_index_of_a_term_is_found_wherever_it_lies()
    {
        var log = LogOf(1, 1, 4, 4, 4, 6).View;
        Assert.Equal([1, 1, 3, 3, 3, 6, 6, 7], Enumerable.Range(0, 8).Select(term => log.FirstIndexOfTermAtLeast(term)));
        Assert.Equal(1, new RaftLog().View.FirstIndexOfTermAtLeast(1));
        Assert.Equal(8, new RaftLog(7, 3).View.FirstIndexOfTermAtLeast(1));
    }

    /// <summary>Any sequence of appends and truncations leaves the log, and every view ever taken, equal to a plain list.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_log_matches_a_list_and_every_view_a_copy_of_it() =>
        Gen.Select(Gen.Bool, Gen.Int[1, 1500], Gen.Int[0, 1]).List[1, 12].TryEach(
            static steps =>
            {
                var log = new RaftLog();
                var model = new List<LogEntry>();
                var views = new List<(LogView View, LogEntry[] Expected)>();
                foreach (var (append, amount, termRise) in steps)
                {
                    if (append)
                    {
                        var term = (model.Count > 0 ? model[^1].Term : 1) + termRise;
                        var entries = Entries(model.Count + 1, Times(amount, term));
                        log.Append(entries);
                        model.AddRange(entries);
                    }
                    else if (model.Count > 0)
                    {
                        var from = Math.Max(1, model.Count + 1 - amount);
                        log.TruncateFrom(from);
                        model.RemoveRange(from - 1, model.Count - from + 1);
                    }

                    views.Add((log.View, [.. model]));
                }

                return views.TrueForAll(static view =>
                    view.View.LastIndex == view.Expected.Length
                    && view.View.LastTerm == (view.Expected.Length == 0 ? 0 : view.Expected[^1].Term)
                    && AllOf(view.View).AsSpan().SequenceEqual(view.Expected));
            },
            inputs: 300);
}
