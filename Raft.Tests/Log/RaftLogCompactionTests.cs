using CsCheck;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

/// <summary>A log that is compacted, truncated, reset and appended to, held against a plain list.</summary>
public sealed class RaftLogCompactionTests
{
    private enum Kind
    {
        Append,
        Compact,
        Truncate,
        Reset,
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_log_matches_a_list_and_views_never_change() => Gen.Select(
        Gen.Int[0, 9].Select(static number => number < 5 ? Kind.Append : number < 8 ? Kind.Compact : number < 9 ? Kind.Truncate : Kind.Reset), Gen.Int[0, 1500]).Array[1, 25].TryEach(steps =>
    {
        var log = new RaftLog();
        var model = new List<LogEntry>();
        var (baseIndex, baseTerm, term) = (0L, 0L, 1L);
        var views = new List<(LogView View, LogEntry[] Entries)>();
        foreach (var (kind, amount) in steps)
        {
            switch (kind)
            {
                case Kind.Append:
                    term++;
                    for (var i = 0; i < amount; i++)
                    {
                        var entry = Entry(baseIndex + model.Count + 1, term);
                        log.Append(entry);
                        model.Add(entry);
                    }

                    break;
                case Kind.Compact when model.Count > 0:
                    var dropped = amount % (model.Count + 1);
                    log.CompactTo(baseIndex + dropped);
                    (baseIndex, baseTerm) = dropped > 0 ? (model[dropped - 1].Index, model[dropped - 1].Term) : (baseIndex, baseTerm);
                    model.RemoveRange(0, dropped);
                    break;
                case Kind.Truncate when model.Count > 0:
                    var kept = amount % model.Count;
                    log.TruncateFrom(baseIndex + kept + 1);
                    model.RemoveRange(kept, model.Count - kept);
                    break;
                case Kind.Reset:
                    (baseIndex, baseTerm) = (baseIndex + model.Count + amount, term);
                    log.Reset(baseIndex, baseTerm);
                    model.Clear();
                    break;
            }

            Assert.Equal((baseIndex, baseTerm, baseIndex + model.Count), (log.BaseIndex, log.BaseTerm, log.LastIndex));
            Assert.Equal(model.Count > 0 ? model[^1].Term : baseTerm, log.LastTerm);
            Assert.Equal(baseTerm, log.TermAt(baseIndex));
            Assert.Null(log.TermAt(baseIndex - 1));
            views.Add((log.View, [.. model]));
        }

        foreach (var (view, entries) in views)
        {
            Assert.Equal(entries.Length, view.LastIndex - view.BaseIndex);
            for (var i = 0; i < entries.Length; i++)
            {
                Assert.Same(entries[i], view[view.FirstIndex + i]);
            }
        }
    }, inputs: 200);

    [Fact]
    public void Only_what_is_held_or_the_base_can_be_compacted_to()
    {
        var log = LogOf(1, 1, 2);
        log.CompactTo(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.CompactTo(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.CompactTo(4));
        log.CompactTo(2);
        log.CompactTo(3);
        Assert.Equal((3, 2, 3, 2), (log.BaseIndex, log.BaseTerm, log.LastIndex, log.LastTerm));
        log.Append(Entry(4, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.TruncateFrom(3));
        log.TruncateFrom(4);
        Assert.Equal(3, log.LastIndex);
    }

    /// <summary>What is compacted away is let go of, as far as whole segments of 1024 entries reach.</summary>
    [Fact]
    public void Memory_is_given_back()
    {
        var log = new RaftLog();
        var first = Fill(log);
        log.CompactTo(5000);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(first.IsAlive);
        GC.KeepAlive(log);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Fill(RaftLog log)
    {
        for (var index = 1; index <= 6000; index++)
        {
            log.Append(Entry(index, 1));
        }

        return new WeakReference(log[1]);
    }

    [Fact]
    public void The_bytes_are_those_of_the_entries_that_are_held()
    {
        var log = new RaftLog();
        for (var index = 1; index <= 3000; index++)
        {
            log.Append(new LogEntry(index, 1, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, new byte[index % 7]), default, 0));
        }

        log.TruncateFrom(2500);
        log.CompactTo(1100);
        Assert.Equal(Enumerable.Range(1101, 2499 - 1100).Sum(static index => (index % 7) + LogEntry.Overhead), log.Bytes);
        Assert.Equal(log.Bytes, log.SizeOf(1101, 2499));
        log.Reset(5000, 1);
        Assert.Equal(0, log.Bytes);
    }
}
