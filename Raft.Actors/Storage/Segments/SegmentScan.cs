namespace Raft.Actors.Storage.Segments;

/// <summary>What a segment's bytes hold, read from their beginning to the first one that is no record's.</summary>
/// <param name="LastSequenceNr">The sequence number of the last event; the one before the first where there is none.</param>
/// <param name="DeletedTo">Events up to here are deleted.</param>
/// <param name="End">Where the next record goes.</param>
/// <param name="Marks">Where some of the events stand, in order, so that a reader need not begin at the beginning.</param>
/// <param name="IsDamaged">
/// Whether something was written behind the end after it had been made durable: what stands at the end is then not the
/// rest of a write that a crash interrupted, and to cut it off would lose events that were confirmed.
/// </param>
internal sealed record SegmentScan(long LastSequenceNr, long DeletedTo, long End, List<SegmentMark> Marks, bool IsDamaged)
{
    /// <summary>About every so many bytes an event's place is kept.</summary>
    public const int MarkEvery = 64 * 1024;

    /// <summary>Reads a whole segment.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="header">Its header.</param>
    /// <param name="from">Where the records begin.</param>
    public static SegmentScan Of(ReadOnlySpan<byte> bytes, SegmentHeader header, int from)
    {
        var (last, deletedTo, at) = (header.FirstSequenceNr - 1, header.DeletedTo, from);
        var marks = new List<SegmentMark>();
        while (TryReadIntact(bytes[at..], out var record) && (record.Kind == RecordKind.Deletion || record.SequenceNr == last + 1))
        {
            if (record.Kind == RecordKind.Deletion)
            {
                deletedTo = Math.Max(deletedTo, record.SequenceNr);
            }
            else
            {
                last = record.SequenceNr;
                SegmentMark.Add(marks, last, at);
            }

            at += record.TotalLength;
        }

        return new SegmentScan(last, deletedTo, at, marks, IsFollowedByLaterWrite(bytes[at..], last));
    }

    /// <summary>
    /// Whether an intact event of a later write stands somewhere behind the end. Writes are synced one by one, so that a
    /// crash can only have torn the last one: its own later records may well have reached the disk before its earlier ones.
    /// </summary>
    private static bool IsFollowedByLaterWrite(ReadOnlySpan<byte> bytes, long last)
    {
        // No event is shorter than its header; a sequence number far beyond what fits is a body's byte pattern.
        var most = last + 1 + (bytes.Length / RecordHeader.Size);
        for (var at = 1; at + RecordHeader.Size <= bytes.Length; at++)
        {
            if (bytes[at + 8] == (byte)RecordKind.Event
                && TryReadIntact(bytes[at..], out var record)
                && record.SequenceNr - record.Place > last + 1
                && record.SequenceNr <= most)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryReadIntact(ReadOnlySpan<byte> bytes, out RecordHeader header) =>
        RecordHeader.TryRead(bytes, out header)
        && header.Length <= bytes.Length - RecordHeader.Size
        && RecordHeader.IsIntact(bytes[..header.TotalLength]);
}

/// <summary>Where an event stands in its segment.</summary>
internal readonly record struct SegmentMark(long SequenceNr, long Offset)
{
    /// <summary>Keeps an event's place, if the last that was kept is far enough away.</summary>
    public static void Add(List<SegmentMark> marks, long sequenceNr, long offset)
    {
        if (marks.Count == 0 || offset - marks[^1].Offset >= SegmentScan.MarkEvery)
        {
            marks.Add(new SegmentMark(sequenceNr, offset));
        }
    }
}
