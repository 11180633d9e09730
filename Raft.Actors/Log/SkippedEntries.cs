using System.Collections.Immutable;
using Raft.Actors.Serialization;

namespace Raft.Actors.Log;

/// <summary>An entry that is not to be applied.</summary>
/// <param name="At">The index of the entry that says so.</param>
/// <param name="Index">The index of the entry that is skipped.</param>
/// <param name="Term">Its term.</param>
public readonly record struct SkippedEntry(long At, long Index, long Term)
{
    private const byte Version = 1;

    /// <summary>As the data of the entry that says it.</summary>
    internal static EncodedPayload Encode(long index, long term)
    {
        var writer = new WireWriter(16);
        writer.Byte(Version);
        writer.Index(index);
        writer.Index(term);
        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    internal static SkippedEntry Of(LogEntry entry)
    {
        var reader = new WireReader(entry.Data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), Version, "a skipped entry");
        var skipped = new SkippedEntry(entry.Index, reader.Index(), reader.Index());
        reader.End();
        return skipped;
    }
}

/// <summary>
/// The skips that the log holds. A skip counts once it is committed. While it is not, nobody knows whether the entry before it is to be
/// applied, so nothing is applied from that entry on.
/// </summary>
public sealed class SkippedEntries
{
    private readonly List<SkippedEntry> _skips = [];

    /// <summary>Takes up an entry of the log.</summary>
    public void Append(LogEntry entry)
    {
        if (entry.Kind == EntryKind.SkipEntry)
        {
            _skips.Add(SkippedEntry.Of(entry));
        }
    }

    /// <summary>The entries from an index on are gone.</summary>
    public void TruncateFrom(long index) => _skips.RemoveAll(skip => skip.At >= index);

    /// <summary>The entries up to an index are in a snapshot: what they skip has no part in it.</summary>
    public void CompactTo(long index) => _skips.RemoveAll(skip => skip.At <= index);

    /// <summary>Up to where the log may be applied when it is committed up to an index.</summary>
    public long Limit(long commitIndex)
    {
        var limit = commitIndex;
        foreach (var skip in _skips)
        {
            if (skip.At > commitIndex)
            {
                limit = Math.Min(limit, skip.Index - 1);
            }
        }

        return limit;
    }

    /// <summary>The skips that count when the log is committed up to an index.</summary>
    public ImmutableArray<SkippedEntry> Committed(long commitIndex) =>
        _skips.Count == 0 ? [] : [.. _skips.Where(skip => skip.At <= commitIndex)];

    /// <summary>The skip of an entry, if there is one.</summary>
    public SkippedEntry? Find(long index, long term)
    {
        var place = _skips.FindIndex(skip => skip.Index == index && skip.Term == term);
        return place < 0 ? null : _skips[place];
    }

    /// <summary>
    /// Whether a state that was made by the entries up to an index is not to be trusted: it may be of a server that applied an entry and
    /// learned later that it is skipped. No server takes a snapshot between a skipped entry and its skip, so a snapshot there is of that kind.
    /// </summary>
    public bool Cover(long index) => _skips.Exists(skip => skip.Index <= index && index < skip.At);
}
