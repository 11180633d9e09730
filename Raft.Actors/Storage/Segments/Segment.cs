using Microsoft.Win32.SafeHandles;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage.Segments;

/// <summary>One file of a <see cref="SegmentedLog"/>.</summary>
internal sealed class Segment : IDisposable
{
    /// <summary>What the files' names match.</summary>
    public const string Pattern = "journal-*.seg";

    // A file that grows with each write has its new length synced too, which costs about as much again as its bytes.
    private const int GrowBy = 256 * 1024;

    private static readonly byte[] Zeros = new byte[GrowBy];

    private readonly SafeFileHandle _file;
    private readonly List<SegmentMark> _marks;
    private long _allocatedTo;

    private Segment(string path, long ordinal, SafeFileHandle file, SegmentHeader header, SegmentScan scan)
    {
        (Path, Ordinal, _file, Header, _marks) = (path, ordinal, file, header, scan.Marks);
        (LastSequenceNr, DeletedTo, End) = (scan.LastSequenceNr, scan.DeletedTo, scan.End);
        _allocatedTo = RandomAccess.GetLength(file);
    }

    public string Path { get; }

    /// <summary>Its place among the segments.</summary>
    public long Ordinal { get; }

    public SegmentHeader Header { get; }

    /// <summary>The last event in it; the one before its first if there is none.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>Up to here it says that events are deleted.</summary>
    public long DeletedTo { get; private set; }

    /// <summary>How many of its bytes are used.</summary>
    public long End { get; private set; }

    /// <summary>Begins a new file, durably.</summary>
    /// <exception cref="IOException">
    /// It could not be made, or something of that name is there that may not be removed.
    /// </exception>
    public static Segment Create(string directory, long ordinal, SegmentHeader header)
    {
        var path = System.IO.Path.Combine(directory, NameOf(ordinal));
        if (File.Exists(path) && IsUnfinished(path, header.PersistenceId))
        {
            // An attempt before this one failed.
            File.Delete(path);
        }

        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            var bytes = header.Encode();
            RandomAccess.Write(file, bytes, 0);
            DurableFile.Sync(file, path);
            DurableDirectory.Sync(directory);
            return new Segment(
                path,
                ordinal,
                file,
                header,
                new SegmentScan(header.FirstSequenceNr - 1, header.DeletedTo, bytes.Length, [], SegmentTail.Free));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a segment and reads all of it. The file stays as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ordinal">Its place among the segments.</param>
    /// <param name="isLast">Whether none follows it: a crash may have torn its last write.</param>
    /// <param name="isReadOnly">Whether it will never be written to.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Segment Open(string path, long ordinal, bool isLast, bool isReadOnly)
    {
        var bytes = ReadWhole(path);
        if (SegmentHeader.TryDecode(bytes, out var from) is not { } header)
        {
            throw new InvalidDataException($"{path} does not begin as a journal segment does: it is damaged, or not ours");
        }

        var scan = SegmentScan.Of(bytes, header, from);
        if (scan.Tail == SegmentTail.Followed || (isLast && scan.Tail == SegmentTail.Damaged))
        {
            var what = scan.Tail == SegmentTail.Followed
                ? "holds later events"
                : "what stands there is no write that a crash tore";
            throw new InvalidDataException(
                $"{path} is damaged at byte {scan.End}, after event {scan.LastSequenceNr}, and {what}: "
                + "restore the file, or remove this server's data and let it join anew");
        }

        var file = File.OpenHandle(
            path, FileMode.Open, isReadOnly ? FileAccess.Read : FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            return new Segment(path, ordinal, file, header, scan);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a crash came in the making of a file. Its header is synced before its first event is written: a file that is
    /// longer than a header may hold confirmed events, whatever stands in it.
    /// </summary>
    public static bool IsUnfinished(string path, string persistenceId) =>
        new FileInfo(path) is { LinkTarget: null } file
        && file.Length <= SegmentHeader.LengthFor(persistenceId)
        && SegmentHeader.TryDecode(File.ReadAllBytes(path), out _) is null;

    public static string NameOf(long ordinal) => $"journal-{ordinal:D20}.seg";

    /// <summary>Writes records after the last one and syncs them: they are durable when this returns.</summary>
    /// <param name="records">Whole records, one after the other.</param>
    /// <param name="offsets">Where in them each event begins.</param>
    /// <param name="lastSequenceNr">The last event among them, or the last before them.</param>
    /// <param name="deletedTo">What they say is deleted.</param>
    public void Append(ReadOnlySpan<byte> records, ReadOnlySpan<SegmentMark> offsets, long lastSequenceNr, long deletedTo)
    {
        RandomAccess.Write(_file, records, End);
        var end = End + records.Length;
        if (end > _allocatedTo)
        {
            // Small writes find the next ones' place in the file already; large ones grow it by themselves.
            if (records.Length < GrowBy / 8)
            {
                RandomAccess.Write(_file, Zeros, end);
                end += Zeros.Length;
            }

            _allocatedTo = end;
        }

        DurableFile.Sync(_file, Path);
        foreach (var (sequenceNr, offset) in offsets)
        {
            SegmentMark.Add(_marks, sequenceNr, End + offset);
        }

        End += records.Length;
        (LastSequenceNr, DeletedTo) = (lastSequenceNr, deletedTo);
    }

    /// <summary>Cuts off what a torn write left, which must not be taken for a record once others stand before it.</summary>
    public void CutTail()
    {
        if (End < _allocatedTo)
        {
            RandomAccess.SetLength(_file, End);
            DurableFile.Sync(_file, Path);
            _allocatedTo = End;
        }
    }

    /// <summary>Events from a sequence number on count no more: a later segment has them anew.</summary>
    public void CutFrom(long sequenceNr)
    {
        LastSequenceNr = Math.Min(LastSequenceNr, sequenceNr - 1);
        _marks.RemoveAll(mark => mark.SequenceNr >= sequenceNr);
    }

    /// <summary>Reads its events from a sequence number on, a bounded part at a time.</summary>
    /// <exception cref="InvalidDataException">A record is not what was written.</exception>
    public IEnumerable<(long SequenceNr, ReadOnlyMemory<byte> Body)> Read(long from)
    {
        if (LastSequenceNr < from || LastSequenceNr < Header.FirstSequenceNr)
        {
            yield break;
        }

        var at = _marks[0].Offset;
        foreach (var mark in _marks)
        {
            at = mark.SequenceNr <= from ? mark.Offset : at;
        }

        for (var sequenceNr = long.MinValue; sequenceNr < LastSequenceNr;)
        {
            var (header, body) = ReadRecord(at);
            at += header.TotalLength;
            if (header.Kind == RecordKind.Event)
            {
                sequenceNr = header.SequenceNr;
                if (sequenceNr >= from)
                {
                    yield return (sequenceNr, body);
                }
            }
        }
    }

    private static byte[] ReadWhole(string path)
    {
        // Neither a setting nor a single write makes a longer one.
        var length = new FileInfo(path).Length;
        return length <= Array.MaxLength
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException(
                $"{path} has {length} bytes, which no journal segment has: it is damaged, or not ours");
    }

    public void Delete()
    {
        _file.Dispose();
        File.Delete(Path);
    }

    public void Dispose() => _file.Dispose();

    private (RecordHeader Header, ReadOnlyMemory<byte> Body) ReadRecord(long at)
    {
        Span<byte> fixedPart = stackalloc byte[RecordHeader.Size];
        ReadExactly(fixedPart, at);
        if (RecordHeader.TryRead(fixedPart, out var header) && header.Length <= End - at - RecordHeader.Size)
        {
            var record = new byte[header.TotalLength];
            ReadExactly(record, at);
            if (RecordHeader.IsIntact(record))
            {
                return (header, record.AsMemory(RecordHeader.Size));
            }
        }

        throw new InvalidDataException(
            $"{Path} is damaged at byte {at}: restore the file, or remove this server's data and let it join anew");
    }

    private void ReadExactly(Span<byte> buffer, long at)
    {
        if (RandomAccess.Read(_file, buffer, at) != buffer.Length)
        {
            throw new InvalidDataException($"{Path} ends before byte {at + buffer.Length}");
        }
    }
}
