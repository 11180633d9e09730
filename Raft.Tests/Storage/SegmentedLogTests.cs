using System.Text;
using CsCheck;
using Raft.Actors.Storage.Segments;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>The files of a journal of segments: what was confirmed is there after a crash, and damage is not taken for the end.</summary>
public sealed class SegmentedLogTests : IDisposable
{
    private const string PersistenceId = "raft/kv/n1";

    private readonly TemporaryDirectory _temporary = new();

    private string Files => _temporary["log"];

    public SegmentedLogTests() => Directory.CreateDirectory(Files);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Events_come_back_in_order_over_several_files()
    {
        var events = Enumerable.Range(1, 500).Select(static number => new string('x', number)).ToArray();
        using (var log = Open(segmentSize: 4096))
        {
            foreach (var batch in events.Chunk(7))
            {
                Append(log, batch);
            }

            Assert.True(log.Segments > 10);
            Assert.Equal(events[99..120], Read(log, 100, 120));
        }

        using var again = Open(segmentSize: 4096);
        Assert.Equal(500, again.LastSequenceNr);
        Assert.Equal(events, Read(again));
        Assert.Equal(events[399..], Read(again, 400));
    }

    [Fact]
    public void Deleted_events_stay_deleted_their_files_go_and_the_sequence_number_stays()
    {
        var events = Enumerable.Range(1, 100).Select(static number => $"event {number} {new string('x', 100)}").ToArray();
        using (var log = Open(segmentSize: 1024))
        {
            Array.ForEach(events, text => Append(log, text));
            var before = log.Segments;
            log.DeleteTo(50);
            Assert.InRange(log.Segments, 2, (before / 2) + 2);
            Assert.Equal(events[50..], Read(log));
        }

        using (var again = Open(segmentSize: 1024))
        {
            Assert.Equal(events[50..], Read(again));
            again.DeleteTo(long.MaxValue);
        }

        using var last = Open(segmentSize: 1024);
        Assert.Empty(Read(last));
        Assert.Equal(100, last.LastSequenceNr);
        Append(last, "goes on");
        Assert.Equal(["goes on"], Read(last));
        Assert.Equal(101, last.LastSequenceNr);
    }

    /// <summary>A crash during a write leaves any part of its sectors: all that was confirmed before is there, and the log goes on.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void A_write_that_a_crash_tore_is_cut_off_wherever_it_was_torn()
    {
        int confirmed;
        using (var log = Open())
        {
            Append(log, "one", "two");
            confirmed = (int)UsedBytes();
            Append(log, "three", $"four, which came with three {Words(3000)}");
        }

        var whole = File.ReadAllBytes(TheFile());
        var used = (int)UsedBytes();
        Gen.Select(Gen.Int[confirmed, used - 1], Gen.Int[1, (1 << ((used / TornWrite.Sector) + 1)) - 1], Gen.Bool).TryEach(
            (at, missing, isShort) =>
            {
                // Either the file ends there, or some of its sectors have not reached the disk.
                var torn = isShort ? whole[..at] : [.. whole];
                if (!isShort)
                {
                    for (var sector = 0; sector * TornWrite.Sector < used; sector++)
                    {
                        if ((missing & (1 << sector)) != 0)
                        {
                            var from = Math.Max(sector * TornWrite.Sector, confirmed);
                            torn.AsSpan(from, Math.Max(0, ((sector + 1) * TornWrite.Sector) - from)).Clear();
                        }
                    }
                }

                File.WriteAllBytes(TheFile(), torn);
                using (var log = Open())
                {
                    Assert.InRange(log.LastSequenceNr, 2, 3);
                    Assert.Equal(["one", "two"], Read(log, 1, 2));
                    Append(log, "next");
                }

                using var again = Open();
                Assert.Equal("next", Read(again)[^1]);
            },
            inputs: 300);
    }

    /// <summary>The last write is as good as any other: a bit of it that turned is no crash's doing.</summary>
    [Fact]
    public void Every_flipped_bit_is_refused_or_lies_where_nothing_counts()
    {
        using (var log = Open())
        {
            Append(log, "one", "two");
            log.DeleteTo(1);
            Append(log, "three");
        }

        var whole = File.ReadAllBytes(TheFile())[..((int)UsedBytes() + TornWrite.Sector)];
        for (var bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(TheFile(), damaged);
            try
            {
                using var log = Open();
                Assert.Equal(["two", "three"], Read(log));
                Assert.True(bit / 8 >= UsedBytes(), $"bit {bit}");
            }
            catch (InvalidDataException)
            {
                Assert.Equal(damaged, File.ReadAllBytes(TheFile()));
                Assert.Throws<InvalidDataException>(() => SegmentedLog.OpenReadOnly(Files, PersistenceId, 0).Dispose());
            }
        }
    }

    /// <summary>Zeros at the end look as a torn write does, and so does a file that is cut: only the mark tells.</summary>
    [Fact]
    public void Confirmed_events_are_not_cut_off()
    {
        using (var log = Open())
        {
            Array.ForEach(Enumerable.Range(1, 40).ToArray(), number => Append(log, $"event {number}"));
        }

        var whole = File.ReadAllBytes(TheFile());
        var used = (int)UsedBytes();
        byte[] zeroed = [.. whole];
        zeroed.AsSpan((used - TornWrite.Sector) / TornWrite.Sector * TornWrite.Sector, 2 * TornWrite.Sector).Clear();
        foreach (var damaged in (byte[][])[zeroed, whole[..(used - 1)], whole[..SegmentHeader.LengthFor(PersistenceId)], whole[..10], []])
        {
            File.WriteAllBytes(TheFile(), damaged);
            var refusal = Assert.Throws<InvalidDataException>(() => Open(confirmed: 40).Dispose());
            Assert.Contains("has confirmed event 40", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(damaged, File.ReadAllBytes(TheFile()));
        }

        // It says at least so many, and no more.
        File.WriteAllBytes(TheFile(), zeroed);
        using var shorter = Open(confirmed: 10);
        Assert.InRange(shorter.LastSequenceNr, 10, 39);
    }

    [Fact]
    public void A_log_whose_first_file_is_gone_is_refused()
    {
        using (var log = Open(segmentSize: 128))
        {
            Array.ForEach(Enumerable.Range(1, 5).ToArray(), number => Append(log, $"event {number} {new string('x', 100)}"));
        }

        File.Delete(Path.Combine(Files, Segment.NameOf(1)));
        Assert.Contains("lacks the events 1 to 1", Assert.Throws<InvalidDataException>(() => Open().Dispose()).Message, StringComparison.Ordinal);
    }

    /// <summary>What a link points at is not ours to write to, nor to remove.</summary>
    [Fact]
    public void A_link_in_the_place_of_the_next_file_is_not_followed()
    {
        using var log = Open(segmentSize: 128);
        Append(log, new string('x', 200));
        var target = _temporary["target"];
        File.WriteAllText(target, "mine");
        File.CreateSymbolicLink(Path.Combine(Files, Segment.NameOf(2)), target);
        Assert.ThrowsAny<IOException>(() => Append(log, "two"));
        Assert.Equal("mine", File.ReadAllText(target));
    }

    /// <summary>However small the file is: it holds a confirmed event.</summary>
    [Fact]
    public void A_damaged_header_is_refused_and_the_file_stays()
    {
        using (var log = Open())
        {
            Append(log, "confirmed");
        }

        var whole = File.ReadAllBytes(TheFile())[..(int)UsedBytes()];
        for (var bit = 0; bit < 8 * SegmentHeader.LengthFor(PersistenceId); bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(TheFile(), damaged);
            Assert.Throws<InvalidDataException>(() => Open().Dispose());
            Assert.Throws<InvalidDataException>(() => SegmentedLog.OpenReadOnly(Files, PersistenceId, 0).Dispose());
            Assert.Equal(damaged, File.ReadAllBytes(TheFile()));
        }
    }

    [Fact]
    public void Reading_changes_no_byte()
    {
        using (var log = Open())
        {
            Append(log, "one");
            Append(log, "torn");
        }

        var file = TheFile();
        var torn = File.ReadAllBytes(file)[..((int)UsedBytes() - 1)];
        File.WriteAllBytes(file, torn);
        var unfinished = Path.Combine(Files, Segment.NameOf(2));
        File.WriteAllBytes(unfinished, new byte[SegmentHeader.LengthFor(PersistenceId)]);
        using (var log = SegmentedLog.OpenReadOnly(Files, PersistenceId, 0))
        {
            Assert.Equal(["one"], Read(log));
        }

        Assert.Equal(torn, File.ReadAllBytes(file));
        Assert.True(File.Exists(unfinished));

        // Who writes clears up.
        Open().Dispose();
        Assert.False(File.Exists(unfinished));
        Assert.True(new FileInfo(file).Length < torn.Length);
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Damage_before_a_confirmed_write_is_refused_and_not_cut_off()
    {
        int first, second;
        using (var log = Open())
        {
            first = (int)UsedBytes();
            Append(log, "one");
            Append(log, "two");
            second = (int)UsedBytes();
            Append(log, "three");
        }

        var whole = File.ReadAllBytes(TheFile());
        Gen.Select(Gen.Int[first, second - 1], Gen.Byte[1, 255]).TryEach(
            (at, change) =>
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= change;
                File.WriteAllBytes(TheFile(), damaged);
                var error = Assert.Throws<InvalidDataException>(() => Open());
                Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
                Assert.Equal(damaged, File.ReadAllBytes(TheFile()));
            },
            inputs: 300);
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        using (var log = Open(segmentSize: 128))
        {
            Array.ForEach(Enumerable.Range(1, 20).ToArray(), number => Append(log, $"event {number} {new string('x', 100)}"));
        }

        File.Delete(Directory.GetFiles(Files).Order(StringComparer.Ordinal).ElementAt(5));
        Assert.Contains("lacks", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_whose_making_a_crash_interrupted_counts_for_nothing()
    {
        using (var log = Open())
        {
            Append(log, "one");
        }

        File.WriteAllBytes(Path.Combine(Files, Segment.NameOf(2)), "RAFT"u8.ToArray());
        using var again = Open();
        Assert.Equal(["one"], Read(again));
        Append(again, "two");
    }

    /// <summary>What a failed write left in its file is void once the next write has begun a new one.</summary>
    [Fact]
    public void A_later_file_makes_the_end_of_an_earlier_one_void()
    {
        using (var log = Open())
        {
            Append(log, "one", "two, which the disk said it had not taken");
        }

        using (var segment = Segment.Create(Files, 2, new SegmentHeader(PersistenceId, 2, 0)))
        {
            Assert.Equal(1, segment.LastSequenceNr);
        }

        using var again = Open();
        Assert.Equal(1, again.LastSequenceNr);
        Append(again, "another two");
        Assert.Equal(["one", "another two"], Read(again));
    }

    [Fact]
    public void A_second_writer_is_found_out()
    {
        using var log = Open();
        Append(log, "one");
        Assert.Throws<InvalidOperationException>(() => log.Append(1, [Body("one again")]));
        Assert.Throws<InvalidOperationException>(() => log.Append(3, [Body("too far")]));
    }

    [Fact]
    public void Files_of_another_server_are_refused()
    {
        using (var log = Open())
        {
            Append(log, "one");
        }

        Assert.Throws<InvalidDataException>(() => SegmentedLog.Open(Files, "raft/kv/n2", 4096, 0));
    }

    private static EventBody Body(string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(text);
        return new EventBody(bytes[..(bytes.Length / 3)], bytes[(bytes.Length / 3)..]);
    }

    private static void Append(SegmentedLog log, params string[] events) => log.Append(log.LastSequenceNr + 1, Array.ConvertAll(events, Body));

    private static string Words(int length) => string.Join(' ', Enumerable.Range(0, length))[..length];

    private static string[] Read(SegmentedLog log, long from = 1, long to = long.MaxValue) =>
        [.. log.Read(from, to).Select(static record => Encoding.UTF8.GetString(record.Body.Span))];

    private SegmentedLog Open(long segmentSize = 1024 * 1024, long confirmed = 0) => SegmentedLog.Open(Files, PersistenceId, segmentSize, confirmed);

    private string TheFile() => Assert.Single(Directory.GetFiles(Files));

    // The file is longer than what is used of it, for the next writes' sake.
    private long UsedBytes() => Array.FindLastIndex(File.Exists(Path.Combine(Files, Segment.NameOf(1))) ? ReadShared() : [], static octet => octet != 0) + 1;

    private byte[] ReadShared()
    {
        using var stream = new FileStream(TheFile(), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
