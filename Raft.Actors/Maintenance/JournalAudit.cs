using System.Collections.Immutable;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Storage.Files;

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
    private readonly ImmutableArray<string>.Builder _refusals = ImmutableArray.CreateBuilder<string>();
    private ImmutableArray<StoredSnapshot> _snapshots = [];
    private long _base;
    private long _first;
    private long _last;
    private long _events;
    private long _bytes;
    private long _term;
    private ServerId _votedFor;
    private JournalIdentified _identity = new(default, default);
    private SafetyBroken? _brokenSafety;

    private long LastIndex => _entries.Count == 0 ? _base : _entries[^1].Index;

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

    /// <summary>The rows after the last one cannot be read at all.</summary>
    public void EndsBecause(string reason) => Note(_last + 1, $"the journal cannot be read from here on: {reason}");

    /// <summary>Something is wrong with the journal as a whole.</summary>
    public void IsDamaged(string description) => Note(0, description);

    /// <summary>A server that starts would not take it, though it is not damaged.</summary>
    public void IsRefused(string reason) => _refusals.Add(reason);

    public JournalReport Report()
    {
        if (_term > TermLimits.Highest)
        {
            IsRefused(
                $"its term is {_term}, which cannot be: a hostile message brought it, and an earlier version believed it. "
                + "Stop the group, and recover one server");
        }

        if (!_snapshots.IsEmpty
            && _entries.Find(entry => entry.Index == _snapshots[0].Index) is { Index: > 0 } covered
            && covered.Term != _snapshots[0].Content.Term)
        {
            Note(
                covered.SequenceNr,
                $"entry {covered.Index} is of term {covered.Term}, "
                + $"and the newest snapshot was made of it in term {_snapshots[0].Content.Term}");
        }

        var first = _entries.Count == 0 ? _base + 1 : _entries[0].Index;
        if ((_first > 1 || !_snapshots.IsEmpty)
            && first > 1
            && (_snapshots.IsEmpty || _snapshots[0].Index < first - 1 || _snapshots[0].Index > LastIndex))
        {
            var snapshot = _snapshots.IsEmpty ? "any snapshot" : $"the newest snapshot, of entry {_snapshots[0].Index}";
            Note(_first, $"the log ({first} to {LastIndex}) does not go on after {snapshot}");
        }

        return Describe();
    }

    private JournalReport Describe() => new()
    {
        FirstSequenceNr = _first,
        LastSequenceNr = _last,
        Events = _events,
        Bytes = _bytes,
        Term = _term,
        VotedFor = _votedFor,
        Journal = _identity.Journal,
        Group = _identity.Group,
        Entries = [.. _entries],
        Configurations = [.. _configurations],
        Snapshots = _snapshots,
        BrokenSafety = _brokenSafety,
        Problems = _problems.ToImmutable(),
        Refusals = _refusals.ToImmutable(),
    };

    private static object Read(JournalRow row)
    {
        if (row.Serializer != RaftMessageSerializer.FixedIdentifier)
        {
            throw new MalformedMessageException($"the serializer {row.Serializer} wrote it, which is not this library's");
        }

        if (!MessageTable.ByManifest.TryGetValue(row.Manifest, out var format)
            || !typeof(IJournalEvent).IsAssignableFrom(format.Type))
        {
            throw new MalformedMessageException(
                $"this version of RaftAkka knows no event '{row.Manifest}'; a later version may have written it");
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
            case JournalIdentified identified:
                Take(sequenceNr, identified);
                break;
            case EntriesAppended appended:
                BeginWith(appended.FirstIndex);
                Truncate(appended.FirstIndex);
                foreach (var entry in appended.Entries)
                {
                    Take(sequenceNr, entry);
                }

                break;
            case SnapshotCompleted completed:
                Take(sequenceNr, completed);
                break;
            case SafetyBroken broken:
                _brokenSafety = broken;
                break;
            case SafetyRestored:
                _brokenSafety = null;
                break;
        }
    }

    /// <summary>
    /// A compacted journal begins in the middle of the log; what is missing is in a snapshot whose event follows.
    /// </summary>
    private void BeginWith(long firstIndex)
    {
        if (_first > 1 && (firstIndex > LastIndex + 1 || firstIndex <= _base))
        {
            _entries.Clear();
            _base = firstIndex - 1;
        }
    }

    private void Take(long sequenceNr, SnapshotCompleted completed)
    {
        Take(sequenceNr, new HardStateChanged(completed.Term, completed.VotedFor));
        if (!completed.Journal.IsNone)
        {
            Take(sequenceNr, new JournalIdentified(completed.Journal, completed.Group));
        }

        var content = completed.Newest.Content;
        _snapshots = completed.Snapshots;
        if (completed.DiscardsLog || content.Index > LastIndex)
        {
            _entries.Clear();
            _base = content.Index;
        }

        _configurations.RemoveAll(configuration => completed.DiscardsLog || configuration.Index <= content.Index);
        if (content.ConfigurationIndex > 0)
        {
            _configurations.Insert(0, new StoredConfiguration(content.ConfigurationIndex, content.Configuration));
        }
    }

    private void Take(long sequenceNr, JournalIdentified identified)
    {
        if ((!_identity.Journal.IsNone && identified.Journal != _identity.Journal)
            || (!_identity.Group.IsNone && identified.Group != _identity.Group))
        {
            Note(
                sequenceNr,
                $"it is of journal {identified.Journal} and group {identified.Group}, "
                + $"and what is before it of {_identity.Journal} and {_identity.Group}");
        }

        _identity = identified;
    }

    private void Take(long sequenceNr, HardStateChanged changed)
    {
        if (changed.Term < _term && _term <= TermLimits.Highest)
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
