using Raft.Actors.Log;
using Raft.Actors.Model;
using Xunit;

namespace Raft.Tests.Log;

public sealed class SkippedEntriesTests
{
    private readonly RaftLog _log = new();

    public SkippedEntriesTests()
    {
        for (var index = 1; index <= 5; index++)
        {
            Append(EntryKind.Noop);
        }

        Append(EntryKind.SkipEntry, SkippedEntry.Encode(3, 1));
        Append(EntryKind.Noop);
    }

    [Fact]
    public void A_skip_counts_from_when_it_is_committed()
    {
        Assert.Empty(_log.Skips.Committed(5));
        Assert.Equal(new SkippedEntry(6, 3, 1), Assert.Single(_log.Skips.Committed(6)));
        Assert.Equal(new SkippedEntry(6, 3, 1), _log.Skips.Find(3, 1));
        Assert.Null(_log.Skips.Find(3, 2));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 6)]
    [InlineData(7, 7)]
    public void Before_the_skip_is_committed_nothing_is_applied_from_the_skipped_entry_on(long committed, long limit) =>
        Assert.Equal(limit, _log.Skips.Limit(committed));

    /// <summary>Up to where a follower may be told to apply that has entries up to an index, of a log that is committed up to entry 7.</summary>
    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 7)]
    public void A_follower_without_the_skip_stops_before_the_skipped_entry(long lastIndex, long limit) =>
        Assert.Equal(limit, SkippedEntries.Limit(_log.Skips.All, lastIndex, 7));

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void A_state_between_the_skipped_entry_and_its_skip_is_not_trusted(long index, bool isCovered) => Assert.Equal(isCovered, _log.Skips.Cover(index));

    [Fact]
    public void A_skip_that_is_truncated_or_compacted_away_is_forgotten()
    {
        _log.CompactTo(5);
        Assert.NotNull(_log.Skips.Find(3, 1));
        _log.CompactTo(6);
        Assert.Null(_log.Skips.Find(3, 1));
        Append(EntryKind.SkipEntry, SkippedEntry.Encode(7, 1));
        Assert.NotNull(_log.Skips.Find(7, 1));
        _log.TruncateFrom(8);
        Assert.Null(_log.Skips.Find(7, 1));
        Append(EntryKind.SkipEntry, SkippedEntry.Encode(7, 1));
        _log.Reset(20, 3);
        Assert.Null(_log.Skips.Find(7, 1));
    }

    private void Append(EntryKind kind, EncodedPayload data = default) => _log.Append(new LogEntry(_log.LastIndex + 1, 1, kind, data, default, 0));
}
