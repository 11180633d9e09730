using System.Collections.Immutable;
using Raft.Actors.Maintenance;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Actors.Storage.Files;
using Raft.Actors.Storage.Segments;
using Raft.Host.CommandLine;
using Raft.Tests.Fuzz;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Maintenance;

/// <summary>What a start refuses, inspect names, with exit code 1; and neither changes a byte of it.</summary>
public sealed class DamagedStorageTests : IDisposable
{
    private const int Page = 4096;

    private readonly TemporaryDirectory _directory = new();

    private string Root => _directory["data"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a page of zeros", "journal.db cannot be used")]
    [InlineData("another file", "has no table raft_journal")]
    [InlineData("the mark is ahead", "has confirmed event 1000")]
    [InlineData("the journal is older", "this server has confirmed event")]
    [InlineData("the log is alone", "is there without")]
    [InlineData("the header of the log", "its header is damaged")]
    [InlineData("a frame of the log", "frame 3 is damaged, and frame")]
    [InlineData("the log is gone", "this server has confirmed event")]
    [InlineData("the snapshots are none", "snapshots.db cannot be used")]
    [InlineData("both kinds", "holds a journal of the other kind")]
    [InlineData("a copy", "is a copy")]
    public async Task Inspect_names_what_a_start_from_SQLite_refuses(string damage, string reason)
    {
        var isKilled = damage.Contains("the log", StringComparison.Ordinal);
        var stored = await StoredFiles.MakeAsync(JournalKind.Sql, isStopped: !isKilled, writes: 5);
        var stopped = isKilled ? await StoredFiles.MakeAsync(JournalKind.Sql, isStopped: true, writes: 5) : stored;
        var log = stored.Files.GetValueOrDefault("journal.db-wal", []);
        Assert.Equal(isKilled, log.Length > 10 * Page);
        await RefusesAsync(stored, reason, damage switch
        {
            "a page of zeros" => With(stored, "journal.db", Zeroed(stored.Files["journal.db"], 0)),
            "another file" => With(stored, "journal.db", stored.Files["snapshots.db"]).Remove("confirmed"),
            "the mark is ahead" => WithMark(stored, 1000),
            "the journal is older" => With(await StoredFiles.MakeAsync(JournalKind.Sql, isStopped: true, writes: 2), "confirmed", stored.Files["confirmed"]),
            "the log is alone" => stored.Files.Remove("journal.db"),
            "the header of the log" => With(stored, "journal.db-wal", Turned(log, 20)),
            "a frame of the log" => With(stored, "journal.db-wal", Turned(log, 32 + (2 * (24 + Page)) + 1000)),
            "the log is gone" => stored.Files.Remove("journal.db-wal").SetItem("confirmed", stopped.Files["confirmed"]),
            "the snapshots are none" => With(stored, "snapshots.db", "this is no database, and it never was one"u8.ToArray()),
            "both kinds" => With(stored, Segment.NameOf(1), []),
            "a copy" => With(stored, "origin", "journal.db 1999-01-01T00:00:00.000000000Z\n"u8.ToArray()),
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        });
    }

    [Theory]
    [InlineData("the header", "does not begin as a journal segment does")]
    [InlineData("the last record", "is damaged at byte")]
    [InlineData("an early record", "holds later events")]
    [InlineData("a sector of zeros at the end", "has confirmed event")]
    [InlineData("the last file is gone", "has confirmed event")]
    [InlineData("the first file is gone", "lacks the events 1 to")]
    [InlineData("a file between is gone", "lacks journal-")]
    [InlineData("all files but the mark are gone", "has no journal there")]
    [InlineData("another server's file", "belongs to")]
    [InlineData("a copy", "is a copy")]
    public async Task Inspect_names_what_a_start_from_segments_refuses(string damage, string reason)
    {
        var stored = await StoredFiles.MakeAsync(JournalKind.Segments, isStopped: true);
        var segments = stored.Files.Keys.Where(static name => name.StartsWith("journal-", StringComparison.Ordinal)).ToArray();
        Assert.True(segments.Length > 2);
        var last = stored.Files[segments[^1]];
        var used = Array.FindLastIndex(last, static octet => octet != 0) + 1;
        await RefusesAsync(stored, reason, damage switch
        {
            "the header" => With(stored, segments[^1], Turned(last, 20)),
            "the last record" => With(stored, segments[^1], Turned(last, used - 100)),
            "an early record" => With(stored, segments[0], Turned(stored.Files[segments[0]], 200)),
            "a sector of zeros at the end" => With(stored, segments[^1], Zeroed(last, used / 512, 512)),
            "the last file is gone" => stored.Files.Remove(segments[^1]),
            "the first file is gone" => stored.Files.Remove(segments[0]),
            "a file between is gone" => stored.Files.Remove(segments[1]),
            "all files but the mark are gone" => stored.Files.RemoveRange(segments),
            "another server's file" => With(stored, segments[^1], new SegmentHeader("raft/kv/n2", 1, 0).Encode()),
            "a copy" => With(stored, "origin", "origin 1999-01-01T00:00:00.000000000Z\n"u8.ToArray()),
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        });
    }

    /// <summary>SQLite has no checksums of its pages: one of zeros is found before anything is written, or by the checksum
    /// of the event in it.</summary>
    [Fact]
    public async Task Each_page_of_a_journal_in_SQLite_that_is_zeroed_is_found()
    {
        var stored = await StoredFiles.MakeAsync(JournalKind.Sql, isStopped: true, writes: 8, largest: 9000);
        var journal = stored.Files["journal.db"];
        var refused = 0;
        for (var page = 0; page < journal.Length / Page; page++)
        {
            StoredFiles.LayOut(Root, With(stored, "journal.db", Zeroed(journal, page)));
            if (Start(stored) is not null)
            {
                refused++;
                continue;
            }

            using var server = StoppedServer.OpenReadOnly(stored.Settings(Root), StoredFiles.Server, StoredFiles.Group);
            Assert.True(!server.Read().Problems.IsEmpty, $"page {page + 1} of {journal.Length / Page}");
        }

        // Those of events' data have no structure; all others are refused at once.
        Assert.InRange(refused, journal.Length / Page / 3, journal.Length / Page);
    }

    /// <summary>Of a killed server each sector of the write-ahead log: later commits say that it was whole.</summary>
    [Fact]
    public async Task Each_sector_of_the_write_ahead_log_that_is_zeroed_is_found_where_a_later_commit_follows()
    {
        var stored = await StoredFiles.MakeAsync(JournalKind.Sql, isStopped: false, writes: 6, largest: 3000);
        var log = stored.Files["journal.db-wal"];
        var frames = (log.Length - 32) / (24 + Page);
        var lastCommit = Enumerable.Range(0, frames - 1).Last(frame => log.AsSpan(32 + (frame * (24 + Page)) + 4, 4).ContainsAnyExcept((byte)0));
        for (var sector = 0; sector < (32 + (lastCommit * (24 + Page))) / 512; sector++)
        {
            byte[] damaged = Zeroed(log, sector, 512);
            if (!damaged.AsSpan().SequenceEqual(log))
            {
                Assert.NotNull(WriteAheadLogCheck.Problem(new MemoryStream(damaged)));
            }
        }

        Assert.Null(WriteAheadLogCheck.Problem(new MemoryStream(log)));
        for (var length = 0; length < log.Length; length += 37)
        {
            // A crash may leave any part of it.
            Assert.Null(WriteAheadLogCheck.Problem(new MemoryStream(log[..length])));
        }
    }

    [Theory]
    [InlineData(JournalKind.Sql, true)]
    [InlineData(JournalKind.Sql, false)]
    [InlineData(JournalKind.Segments, true)]
    [InlineData(JournalKind.Segments, false)]
    public async Task Inspect_changes_nothing_and_makes_nothing(JournalKind journal, bool isStopped)
    {
        var stored = await StoredFiles.MakeAsync(journal, isStopped, writes: 10);
        StoredFiles.LayOut(Root, stored.Files);
        var before = Directory.GetLastWriteTimeUtc(StoredFiles.Folder(Root));
        var (code, text, error) = await InspectAsync(stored);
        Assert.Contains($"events          {stored.Rows.Length} (1 to {stored.Rows.Length})", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("lock cannot be locked", error, StringComparison.Ordinal);
        Assert.Equal(stored.Files, StoredFiles.Take(Root), SameFile);
        Assert.Equal(before, Directory.GetLastWriteTimeUtc(StoredFiles.Folder(Root)));
    }

    [Processes.RootFact]
    public async Task Inspect_reads_on_a_read_only_file_system()
    {
        foreach (var journal in (JournalKind[])[JournalKind.Sql, JournalKind.Segments])
        {
            var stored = await StoredFiles.MakeAsync(journal, isStopped: false, writes: 10);
            StoredFiles.LayOut(Root, With(stored, "lock", []));
            Processes.Spawner.Run("mount", "--bind", Root, Root);
            try
            {
                Processes.Spawner.Run("mount", "-o", "remount,ro,bind", Root);
                Assert.ThrowsAny<IOException>(() => File.WriteAllText(Path.Combine(Root, "probe"), string.Empty));
                var (code, text, error) = await InspectAsync(stored);
                Assert.Equal((ExitCode.Success, string.Empty), (code, error));
                Assert.Contains($"events          {stored.Rows.Length} (1 to {stored.Rows.Length})", text, StringComparison.Ordinal);
            }
            finally
            {
                Processes.Spawner.Run("umount", Root);
            }
        }
    }

    [Theory]
    [InlineData(JournalKind.Sql)]
    [InlineData(JournalKind.Segments)]
    public async Task Two_may_inspect_at_a_time_and_the_server_waits(JournalKind journal)
    {
        var stored = await StoredFiles.MakeAsync(journal, isStopped: true, writes: 3);
        StoredFiles.LayOut(Root, With(stored, "lock", []));
        var settings = stored.Settings(Root);
        using (StoppedServer.OpenReadOnly(settings, StoredFiles.Server, StoredFiles.Group))
        using (var second = StoppedServer.OpenReadOnly(settings, StoredFiles.Server, StoredFiles.Group))
        {
            Assert.Null(second.Note);
            Assert.Throws<JournalInUseException>(() => RaftStorage.Open(settings, StoredFiles.Server, StoredFiles.Group));
        }

        using (RaftStorage.Open(settings, StoredFiles.Server, StoredFiles.Group))
        {
            Assert.Throws<JournalInUseException>(() => StoppedServer.OpenReadOnly(settings, StoredFiles.Server, StoredFiles.Group));
        }
    }

    private static bool SameFile(KeyValuePair<string, byte[]> one, KeyValuePair<string, byte[]> other) =>
        one.Key == other.Key && one.Value.AsSpan().SequenceEqual(other.Value);

    private static ImmutableSortedDictionary<string, byte[]> With(StoredFiles stored, string name, byte[] bytes) => stored.Files.SetItem(name, bytes);

    private static byte[] Turned(byte[] bytes, int at)
    {
        byte[] damaged = [.. bytes];
        damaged[at] ^= 1;
        return damaged;
    }

    private static byte[] Zeroed(byte[] bytes, int unit, int size = Page)
    {
        byte[] damaged = [.. bytes];
        damaged.AsSpan(unit * size, Math.Min(size, bytes.Length - (unit * size))).Clear();
        return damaged;
    }

    private ImmutableSortedDictionary<string, byte[]> WithMark(StoredFiles stored, long confirmed)
    {
        var directory = Directory.CreateDirectory(_directory["mark"]).FullName;
        ConfirmedMark.Begin(directory, "raft/kv/n1", confirmed).Dispose();
        return With(stored, "confirmed", File.ReadAllBytes(Path.Combine(directory, "confirmed")));
    }

    private async Task RefusesAsync(StoredFiles stored, string reason, ImmutableSortedDictionary<string, byte[]> damaged)
    {
        StoredFiles.LayOut(Root, damaged);
        var (code, text, error) = await InspectAsync(stored);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains(reason, text + error, StringComparison.Ordinal);
        Assert.Equal(damaged, StoredFiles.Take(Root), SameFile);

        var refusal = Start(stored);
        Assert.NotNull(refusal);
        Assert.DoesNotContain('\n', refusal);
        if (!reason.StartsWith("has no journal", StringComparison.Ordinal))
        {
            Assert.Contains(reason, refusal, StringComparison.Ordinal);
        }

        var left = StoredFiles.Take(Root);
        Assert.All(damaged.Where(static file => file.Key.StartsWith("journal", StringComparison.Ordinal)), file =>
            Assert.True(file.Key.EndsWith("-shm", StringComparison.Ordinal) || left[file.Key].AsSpan().SequenceEqual(file.Value), file.Key));
    }

    /// <summary>What a start refuses; null where it does not.</summary>
    private string? Start(StoredFiles stored)
    {
        try
        {
            using var storage = RaftStorage.Open(stored.Settings(Root), StoredFiles.Server, StoredFiles.Group);
            if (stored.Journal == JournalKind.Segments)
            {
                // As the plugin does, when the node reads its journal.
                SegmentedLog.Open(StoredFiles.Folder(Root), "raft/kv/n1", 64 * 1024, ConfirmedMark.Read(StoredFiles.Folder(Root), "raft/kv/n1")).Dispose();
            }

            return null;
        }
        catch (Exception refused) when (refused is RaftConfigurationException or InvalidDataException)
        {
            return refused.Message;
        }
    }

    private async Task<(int Code, string Output, string Error)> InspectAsync(StoredFiles stored)
    {
        var file = _directory["node.conf"];
        await File.WriteAllTextAsync(file, $"raft.storage.journal = {(stored.Journal == JournalKind.Sql ? "sql" : "segments")}\n");
        return await StoppedServerContract.RunAsync(stored.Settings(Root), StoredFiles.Group, "inspect", "--config", file);
    }
}
