using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Raft.Actors.Model;

namespace Raft.Actors.Serialization;

/// <summary>
/// A run of log entries, in AppendEntries and in the journal: how many, the first one's index, then each entry's term, kind,
/// timestamp, data and extensions, and its session where the kind's highest bit says that there is one. The further indexes are
/// not written, so that no bytes can say a run with gaps. The data is carried as it is and not looked into.
/// </summary>
internal static class EntryFormat
{
    private const byte WithSession = 0x80;

    // Term, kind, timestamp, data (format and length) and extensions (length), a byte each.
    private const int MinimumEntrySize = 6;

    /// <summary>Roughly how many bytes the entries take, to make the first buffer the right one.</summary>
    public static int SizeHint(ImmutableArray<LogEntry> entries)
    {
        var size = 64L;
        if (!entries.IsDefault)
        {
            foreach (var entry in entries)
            {
                size += entry.Size;
            }
        }

        return (int)Math.Min(size, 64 * 1024 * 1024);
    }

    /// <summary>Writes the entries.</summary>
    /// <exception cref="ArgumentException">Their indexes have a gap.</exception>
    public static void Write(ref WireWriter writer, ImmutableArray<LogEntry> entries)
    {
        if (entries.IsDefaultOrEmpty)
        {
            writer.Index(0);
            return;
        }

        writer.Index(entries.Length);
        var index = entries[0].Index;
        writer.Index(index);
        foreach (var entry in entries)
        {
            if (entry.Index != index)
            {
                throw new ArgumentException($"entry {entry.Index} stands where {index} should", nameof(entries));
            }

            index++;
            writer.Index(entry.Term);
            writer.Byte((byte)((byte)entry.Kind | (entry.Session is null ? 0 : WithSession)));
            writer.Signed(entry.Timestamp);
            writer.Payload(entry.Data);
            writer.Bytes(entry.Extensions.Span);
            if (entry.Session is not null)
            {
                SessionFormat.Write(ref writer, entry.Session);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote; data and extensions are slices of the received array.</summary>
    public static ImmutableArray<LogEntry> Read(ref WireReader reader)
    {
        var count = reader.Count(MinimumEntrySize);
        if (count == 0)
        {
            return [];
        }

        var first = reader.Index();
        if (first > long.MaxValue - count)
        {
            throw new MalformedMessageException("an entry's index is out of range");
        }

        var entries = new LogEntry[count];
        for (var i = 0; i < count; i++)
        {
            var term = reader.Index();
            var kind = reader.Choice((byte)EntryKind.SkipEntry, WithSession, "kind of entry", out var hasSession);
            var timestamp = reader.Signed();
            var data = reader.Payload();
            entries[i] = new LogEntry(first + i, term, (EntryKind)kind, data, reader.Bytes(), timestamp)
            {
                Session = hasSession ? SessionFormat.ReadSession(ref reader) : null,
            };
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(entries);
    }
}
