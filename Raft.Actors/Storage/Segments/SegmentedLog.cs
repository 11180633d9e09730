using System.Buffers;
using System.Globalization;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage.Segments;

/// <summary>
/// A persistence id's events in append-only files: each write goes to the end of the newest one and is synced before it
/// counts; what is deleted goes a whole file at a time. Used by one thread.
/// </summary>
/// <remarks>
/// <para>A crash can only tear the last write, which was not confirmed: opening cuts it off. Damage anywhere else is an
/// error.</para>
/// <para>After a write or a sync that failed nobody knows what the disk holds of it. The next write then begins a new file,
/// whose header says from which event on the earlier ones are void.</para>
/// </remarks>
internal sealed class SegmentedLog : IDisposable
{
    private readonly string _directory;
    private readonly string _persistenceId;
    private readonly long _segmentSize;
    private readonly List<Segment> _segments = [];
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly List<SegmentMark> _offsets = [];
    private bool _isReadOnly;
    private bool _mustRoll;

    private SegmentedLog(string directory, string persistenceId, long segmentSize)
    {
        (_directory, _persistenceId, _segmentSize) = (directory, persistenceId, segmentSize);
    }

    /// <summary>The last event; 0 if there was never one. It stays when events are deleted.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>Events up to here are deleted.</summary>
    public long DeletedTo { get; private set; }

    /// <summary>How many files there are.</summary>
    public int Segments => _segments.Count;

    /// <summary>
    /// Opens the log in a directory, which exists, and reads all of it. Only when all of it is found to be well is anything
    /// changed: what a torn write left is cut off, and a file goes whose making a crash interrupted.
    /// </summary>
    /// <param name="directory">Where the files are.</param>
    /// <param name="persistenceId">Whose events they are.</param>
    /// <param name="segmentSize">A file that has this many bytes gets no more.</param>
    /// <param name="confirmed">At least up to this event the log must go (<see cref="ConfirmedMark"/>).</param>
    /// <exception cref="InvalidDataException">A file is missing, damaged or another's. Nothing was changed.</exception>
    public static SegmentedLog Open(string directory, string persistenceId, long segmentSize, long confirmed) =>
        Open(new SegmentedLog(directory, persistenceId, segmentSize), confirmed);

    /// <summary>Opens the log only to read it: nothing is written, cut or deleted. It is refused where the other is.</summary>
    /// <inheritdoc cref="Open(string, string, long, long)"/>
    public static SegmentedLog OpenReadOnly(string directory, string persistenceId, long confirmed) =>
        Open(new SegmentedLog(directory, persistenceId, 0) { _isReadOnly = true }, confirmed);

    private static SegmentedLog Open(SegmentedLog log, long confirmed)
    {
        try
        {
            var files = Directory.GetFiles(log._directory, Segment.Pattern).Order(StringComparer.Ordinal).ToList();
            var unfinished = files.Count > 0 && Segment.IsUnfinished(files[^1], log._persistenceId) ? files[^1] : null;
            files.Remove(unfinished!);
            files.ForEach(file => log.Add(file, isLast: file == files[^1]));
            log.CheckIsWhole(confirmed);
            if (!log._isReadOnly)
            {
                log.ClearUp(unfinished);
            }

            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Makes events durable.</summary>
    /// <param name="firstSequenceNr">The first one's sequence number, which must be the next.</param>
    /// <param name="bodies">The events.</param>
    /// <exception cref="InvalidOperationException">It is not the next: another writer has been here.</exception>
    /// <exception cref="IOException">Whether they are on the disk is not known; for this log they are not.</exception>
    public void Append(long firstSequenceNr, IReadOnlyList<EventBody> bodies)
    {
        if (firstSequenceNr != LastSequenceNr + 1)
        {
            throw new InvalidOperationException(
                $"event {firstSequenceNr} of {_persistenceId} cannot follow event {LastSequenceNr}: "
                + "another process has written this journal");
        }

        _buffer.ResetWrittenCount();
        _offsets.Clear();
        for (var i = 0; i < bodies.Count; i++)
        {
            _offsets.Add(new SegmentMark(firstSequenceNr + i, _buffer.WrittenCount));
            Buffer(new RecordHeader(RecordKind.Event, bodies[i].Length, i, firstSequenceNr + i), bodies[i]);
        }

        Write(LastSequenceNr + bodies.Count, DeletedTo);
    }

    /// <summary>Deletes events up to one of them, durably. Files that hold nothing else go; the newest stays.</summary>
    public void DeleteTo(long sequenceNr)
    {
        sequenceNr = Math.Min(sequenceNr, LastSequenceNr);
        if (sequenceNr <= DeletedTo)
        {
            return;
        }

        _buffer.ResetWrittenCount();
        _offsets.Clear();
        Buffer(new RecordHeader(RecordKind.Deletion, 0, 0, sequenceNr), default);
        Write(LastSequenceNr, sequenceNr);

        var isAnyGone = false;
        while (_segments.Count > 1 && _segments[0].LastSequenceNr <= DeletedTo)
        {
            _segments[0].Delete();
            _segments.RemoveAt(0);
            isAnyGone = true;
        }

        if (isAnyGone)
        {
            DurableDirectory.Sync(_directory);
        }
    }

    /// <summary>Reads the events of a range that are not deleted, in their order.</summary>
    public IEnumerable<(long SequenceNr, ReadOnlyMemory<byte> Body)> Read(long from, long to)
    {
        from = Math.Max(from, DeletedTo + 1);
        foreach (var segment in _segments)
        {
            foreach (var record in segment.Read(from))
            {
                if (record.SequenceNr > to)
                {
                    yield break;
                }

                yield return record;
            }
        }
    }

    public void Dispose() => _segments.ForEach(static segment => segment.Dispose());

    private void CheckIsWhole(long confirmed)
    {
        if (_segments is [var first, ..] && first.Header.FirstSequenceNr > DeletedTo + 1)
        {
            throw new InvalidDataException(
                $"{_directory} lacks the events {DeletedTo + 1} to {first.Header.FirstSequenceNr - 1}, which nobody deleted: "
                + "restore the journal, or remove this server's data and let it join anew");
        }

        if (LastSequenceNr < confirmed)
        {
            throw new InvalidDataException(
                ConfirmedMark.Lost(_segments.Count == 0 ? _directory : _segments[^1].Path, LastSequenceNr, confirmed)
                + ": restore the journal, or remove this server's data and let it join anew");
        }
    }

    private void ClearUp(string? unfinished)
    {
        if (unfinished is not null)
        {
            File.Delete(unfinished);
        }

        if (_segments.Count > 0)
        {
            _segments[^1].CutTail();
        }
    }

    private void Add(string path, bool isLast)
    {
        var name = Path.GetFileNameWithoutExtension(path)["journal-".Length..];
        if (!long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
        {
            throw new InvalidDataException($"{path} is no name of a journal segment: take the file away");
        }

        if (_segments.Count > 0 && ordinal != _segments[^1].Ordinal + 1)
        {
            throw new InvalidDataException(
                $"{_directory} lacks {Segment.NameOf(_segments[^1].Ordinal + 1)}: "
                + "restore it, or remove this server's data and let it join anew");
        }

        var segment = Segment.Open(path, ordinal, isLast, _isReadOnly);
        _segments.Add(segment);
        if (segment.Header.PersistenceId != _persistenceId)
        {
            throw new InvalidDataException($"{path} belongs to {segment.Header.PersistenceId} and not to {_persistenceId}");
        }

        var first = segment.Header.FirstSequenceNr;
        if (_segments.Count > 1 && first > LastSequenceNr + 1)
        {
            throw new InvalidDataException(
                $"{_segments[^2].Path} ends with event {LastSequenceNr}, and the next file begins with {first}: "
                + "it is damaged; restore it, or remove this server's data and let it join anew");
        }

        _segments.ForEach(earlier => earlier.CutFrom(earlier == segment ? long.MaxValue : first));
        LastSequenceNr = segment.LastSequenceNr;
        DeletedTo = Math.Max(DeletedTo, segment.DeletedTo);
    }

    private void Buffer(RecordHeader header, EventBody body)
    {
        var record = _buffer.GetSpan(header.TotalLength)[..header.TotalLength];
        body.Head.Span.CopyTo(record[RecordHeader.Size..]);
        body.Event.Span.CopyTo(record[(RecordHeader.Size + body.Head.Length)..]);
        header.Seal(record);
        _buffer.Advance(header.TotalLength);
    }

    private void Write(long lastSequenceNr, long deletedTo)
    {
        try
        {
            if (_segments.Count == 0 || _mustRoll || _segments[^1].End >= _segmentSize)
            {
                Roll();
            }

            _segments[^1].Append(
                _buffer.WrittenSpan,
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_offsets),
                lastSequenceNr,
                deletedTo);
        }
        catch
        {
            _mustRoll = true;
            throw;
        }

        (LastSequenceNr, DeletedTo) = (lastSequenceNr, deletedTo);
    }

    private void Roll()
    {
        var ordinal = _segments.Count == 0 ? 1 : _segments[^1].Ordinal + 1;
        _segments.Add(Segment.Create(_directory, ordinal, new SegmentHeader(_persistenceId, LastSequenceNr + 1, DeletedTo)));
        _mustRoll = false;
    }
}
