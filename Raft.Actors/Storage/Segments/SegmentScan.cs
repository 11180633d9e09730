namespace Raft.Actors.Storage.Segments;

/// <summary>What a segment's bytes hold, read from their beginning to the first one that is no record's.</summary>
/// <param name="LastSequenceNr">The sequence number of the last event; the one before the first if there is none.</param>
/// <param name="DeletedTo">Events up to here are deleted.</param>
/// <param name="End">Where the next record goes.</param>
/// <param name="Marks">Where some of the events stand, in order, so that a reader need not begin at the beginning.</param>
/// <param name="Tail">What stands after the end.</param>
internal sealed record SegmentScan(long LastSequenceNr, long DeletedTo, long End, List<SegmentMark> Marks, SegmentTail Tail)
{
    /// <summary>The place of an event is kept about once in this many bytes.</summary>
    public const int MarkEvery = 64 * 1024;

    /// <summary>Reads a whole segment.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="header">Its header.</param>
    /// <param name="from">Where the records begin.</param>
    public static SegmentScan Of(ReadOnlySpan<byte> bytes, SegmentHeader header, int from)
    {
        var (last, deletedTo, at) = (header.FirstSequenceNr - 1, header.DeletedTo, from);
        var marks = new List<SegmentMark>();
        while (TryReadIntact(bytes[at..], out var record)
            && (record.Kind == RecordKind.Deletion || record.SequenceNr == last + 1))
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

        var tail = IsFollowedByLaterWrite(bytes[at..], last) ? SegmentTail.Followed
            : TornWrite.CanBe(bytes, at, last) ? SegmentTail.Free
            : SegmentTail.Damaged;
        return new SegmentScan(last, deletedTo, at, marks, tail);
    }

    /// <summary>
    /// Whether an intact event of a later write stands somewhere after the end. Writes are synced one by one, so a crash can
    /// only have torn the last one. Within that write, later records may have reached the disk before earlier ones.
    /// </summary>
    private static bool IsFollowedByLaterWrite(ReadOnlySpan<byte> bytes, long last)
    {
        // No event is shorter than its header; a sequence number far beyond what fits is a body's byte pattern.
        var most = last + 1 + (bytes.Length / RecordHeader.Size);
        for (var at = 1; at + RecordHeader.Size <= bytes.Length; at++)
        {
            if (bytes[at + 8] == (byte)RecordKind.Event
                && RecordHeader.TryRead(bytes[at..], out var record)
                && record.SequenceNr - record.Place > last + 1
                && record.SequenceNr <= most
                && TryReadIntact(bytes[at..], out _))
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

/// <summary>What stands after the end of a segment.</summary>
internal enum SegmentTail : byte
{
    /// <summary>Nothing, or the rest of a write that a crash tore and that was never confirmed.</summary>
    Free = 0,

    /// <summary>A record that no crash can have left as it is: it was damaged, and may have been confirmed.</summary>
    Damaged = 1,

    /// <summary>A later write stands after it, so what was before had been made durable.</summary>
    Followed = 2,
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
