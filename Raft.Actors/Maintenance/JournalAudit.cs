using System.Collections.Immutable;
using Raft.Actors.Log;
using Raft.Actors.Membership;
using Raft.Actors.Serialization;

namespace Raft.Actors.Maintenance;

/// <summary>
/// Goes through a journal's events as a node does that recovers, but where a node gives up this notes what is wrong and goes on.
/// Of each entry it keeps what is said of it and not its data, so that a journal may be larger than memory.
/// </summary>
internal sealed class JournalAudit
{
    private static readonly PayloadCodec Codec = new([]);

    private readonly List<StoredEntry> _entries = [];
    private readonly List<StoredConfiguration> _configurations = [];
    private readonly ImmutableArray<JournalProblem>.Builder _problems = ImmutableArray.CreateBuilder<JournalProblem>();
    private long _first;
    private long _last;
    private long _events;
    private long _bytes;
    private long _term;
    private ServerId _votedFor;

    private long LastIndex => _entries.Count == 0 ? 0 : _entries[^1].Index;

    /// <summary>Takes the next row.</summary>
    public void Add(JournalRow row)
    {
        if (_last > 0 && row.SequenceNr != _last + 1)
        {
            Note(row.SequenceNr, $"the events {_last + 1} to {row.SequenceNr - 1} before it are missing");
        }

        _first = _first == 0 ? row.SequenceNr : _first;
        _last = row.SequenceNr;
        _events++;
        _bytes += row.Bytes.Length;
        try
        {
            Take(row.SequenceNr, Read(row));
        }
        catch (MalformedMessageException unreadable)
        {
            Note(row.SequenceNr, unreadable.Message);
        }
    }

    /// <summary>The rows behind the last one cannot be read at all.</summary>
    public void EndsBecause(string reason) => Note(_last + 1, $"the journal cannot be read from here on: {reason}");

    public JournalReport Report() => new()
    {
        FirstSequenceNr = _first,
        LastSequenceNr = _last,
        Events = _events,
        Bytes = _bytes,
        Term = _term,
        VotedFor = _votedFor,
        Entries = [.. _entries],
        Configurations = [.. _configurations],
        Problems = _problems.ToImmutable(),
    };

    private static object Read(JournalRow row)
    {
        if (row.Serializer != RaftMessageSerializer.FixedIdentifier)
        {
            throw new MalformedMessageException($"the serializer {row.Serializer} wrote it, which is not this library's");
        }

        if (!MessageTable.ByManifest.TryGetValue(row.Manifest, out var format) || !typeof(IJournalEvent).IsAssignableFrom(format.Type))
        {
            throw new MalformedMessageException($"this version of RaftAkka knows no event '{row.Manifest}'; a later version may have written it");
        }

        var reader = new WireReader(row.Bytes);
        return format.Read(ref reader, Codec);
    }

    private void Take(long sequenceNr, object @event)
    {
        switch (@event)
        {
            case HardStateChanged changed:
                Take(sequenceNr, changed);
                break;
            case EntriesAppended appended:
                Truncate(appended.FirstIndex);
                foreach (var entry in appended.Entries)
                {
                    Take(sequenceNr, entry);
                }

                break;
        }
    }

    private void Take(long sequenceNr, HardStateChanged changed)
    {
        if (changed.Term < _term)
        {
            Note(sequenceNr, $"the term goes back from {_term} to {changed.Term}");
        }
        else if (changed.Term == _term && !_votedFor.IsNone && changed.VotedFor != _votedFor)
        {
            Note(sequenceNr, $"it votes twice in term {_term}: for {_votedFor} and for {changed.VotedFor}");
        }

        _term = changed.Term;
        _votedFor = changed.VotedFor;
    }

    private void Take(long sequenceNr, LogEntry entry)
    {
        if (entry.Index != LastIndex + 1)
        {
            Note(sequenceNr, $"the entries {LastIndex + 1} to {entry.Index - 1} are missing before its first");
        }

        if (_entries.Count > 0 && entry.Term < _entries[^1].Term)
        {
            Note(sequenceNr, $"the term falls from {_entries[^1].Term} to {entry.Term} at entry {entry.Index}");
        }

        _entries.Add(new StoredEntry(
            entry.Index, entry.Term, entry.Kind, entry.Data.Bytes.Length, entry.Extensions.Length, entry.Timestamp, sequenceNr));
        if (entry.Kind != EntryKind.Configuration)
        {
            return;
        }

        try
        {
            _configurations.Add(new StoredConfiguration(entry.Index, ConfigurationCodec.Decode(entry.Data)));
        }
        catch (MalformedMessageException unreadable)
        {
            Note(sequenceNr, $"the configuration of entry {entry.Index}: {unreadable.Message}");
        }
    }

    private void Truncate(long fromIndex)
    {
        if (fromIndex > LastIndex)
        {
            return;
        }

        var kept = _entries.FindLastIndex(entry => entry.Index < fromIndex) + 1;
        _entries.RemoveRange(kept, _entries.Count - kept);
        _configurations.RemoveAll(configuration => configuration.Index >= fromIndex);
    }

    private void Note(long sequenceNr, string description) => _problems.Add(new JournalProblem(sequenceNr, description));
}
