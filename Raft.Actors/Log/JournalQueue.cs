using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Log;

/// <summary>
/// What a node still has to make durable, in order: one write is in flight, and what gathers meanwhile becomes the next (group
/// commit). It also holds what may happen only afterwards: a vote's answer, a success to the leader.
/// </summary>
/// <remarks>
/// Events keep the order in which the node decided. Consecutive appends are merged into events of bounded size; the append that
/// replaces a suffix begins an event of its own, whose first index says from where on the log is replaced.
/// </remarks>
/// <param name="maxEntriesPerEvent">One event holds at most this many entries.</param>
/// <param name="maxBytesPerEvent">One event stops at this many bytes; a larger entry makes an event alone.</param>
public sealed class JournalQueue(int maxEntriesPerEvent, long maxBytesPerEvent)
{
    private readonly ImmutableArray<IJournalEvent>.Builder _gathered = ImmutableArray.CreateBuilder<IJournalEvent>();
    private readonly ImmutableArray<LogEntry>.Builder _entries = ImmutableArray.CreateBuilder<LogEntry>();
    private long _entryBytes;
    private List<Waiting> _afterGathered = [];
    private List<Waiting> _afterInFlight = [];
    private TimeSpan _startedAt;
    private long _begun;
    private int _gatheredEntries;
    private int _gatheredOthers;
    private int _entriesInFlight;
    private int _othersInFlight;
    private int _eventsInFlight;
    private bool _isFlushRequested;

    // The last entry gathered and the last in flight. A write that was gathered before a truncation says nothing about
    // the entries that replaced its own, so each end remembers how many truncations came before it.
    private (long Index, long Truncations) _gatheredEnd;
    private (long Index, long Truncations) _inFlightEnd;
    private long _truncations;

    /// <summary>Whether a write is on its way to the journal.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether everything is durable.</summary>
    public bool IsEmpty => !IsWriting && !HasGathered;

    /// <summary>Up to here the log's entries are durable. It falls back where entries are replaced.</summary>
    public long DurableIndex { get; private set; }

    /// <summary>
    /// The number of the write after which everything gathered so far is durable; 0 if it is durable already.
    /// </summary>
    public long AwaitedWrite => HasGathered ? _begun + 1 : IsWriting ? _begun : 0;

    /// <summary>How much waits for the journal, with what is in flight.</summary>
    public JournalQueueSize Size => new(
        _entriesInFlight + _gatheredEntries, _othersInFlight + _gatheredOthers, _afterInFlight.Count + _afterGathered.Count);

    private bool HasGathered => _gathered.Count > 0 || _entries.Count > 0;

    /// <summary>Says up to where recovery found the log in the journal.</summary>
    public void Recovered(long durableIndex) => DurableIndex = durableIndex;

    /// <summary>How long the write in flight has been on its way; zero if there is none.</summary>
    public TimeSpan WriteAge(TimeSpan now) => IsWriting ? now - _startedAt : TimeSpan.Zero;

    /// <summary>Gathers an event that has no entries, such as a change of term or vote.</summary>
    public void Add(IJournalEvent change)
    {
        CloseEvent();
        _gathered.Add(change);
        _gatheredOthers++;
    }

    /// <summary>Gathers the event of a snapshot that replaces the whole log, which goes on after an index.</summary>
    /// <param name="replaced">The event.</param>
    /// <param name="baseIndex">The snapshot's index: durable together with the event.</param>
    /// <param name="keptIndex">Up to here what was durable before still stands for itself, as it was committed.</param>
    public void AddReplacement(IJournalEvent replaced, long baseIndex, long keptIndex)
    {
        Truncated(keptIndex + 1);
        _gathered.Add(replaced);
        _gatheredOthers++;
        _gatheredEnd = (baseIndex, _truncations);
    }

    /// <summary>Gathers an entry that was appended to the log.</summary>
    public void Add(LogEntry entry)
    {
        if (_entries.Count == maxEntriesPerEvent || (_entries.Count > 0 && _entryBytes + entry.Size > maxBytesPerEvent))
        {
            CloseEvent();
        }

        _entries.Add(entry);
        _entryBytes += entry.Size;
        _gatheredEntries++;
        _gatheredEnd = (entry.Index, _truncations);
    }

    /// <summary>The log was cut at an index; the entries that replace its suffix follow.</summary>
    public void Truncated(long fromIndex)
    {
        CloseEvent();
        _truncations++;
        _gatheredEnd = (Math.Min(_gatheredEnd.Index, fromIndex - 1), _truncations);
        DurableIndex = Math.Min(DurableIndex, fromIndex - 1);
    }

    /// <summary>Runs an action once everything gathered so far is durable; at once if it is.</summary>
    /// <param name="action">The action.</param>
    /// <param name="key">With a key, the action takes the place of one with an equal key that waits for the same write. It
    /// serves questions that come again and again while a disk hangs, and need one answer.</param>
    public void WhenDurable(Action action, object? key = null)
    {
        if (AwaitedWrite == 0)
        {
            action();
            return;
        }

        var waiting = HasGathered ? _afterGathered : _afterInFlight;
        var place = key is null ? -1 : waiting.FindIndex(other => key.Equals(other.Key));
        if (place < 0)
        {
            waiting.Add(new Waiting(action, key));
        }
        else
        {
            waiting[place] = new Waiting(action, key);
        }
    }

    /// <summary>Somebody asks for a flush.</summary>
    /// <returns>Whether it is the first since the last flush, so that one has to be brought about.</returns>
    public bool RequestFlush() => !_isFlushRequested && (_isFlushRequested = true);

    /// <summary>The flush that was asked for has come.</summary>
    public void OnFlush() => _isFlushRequested = false;

    /// <summary>Begins the next write, if none is in flight and something has gathered.</summary>
    /// <param name="now">The clock, for <see cref="WriteAge"/>.</param>
    /// <param name="events">The events to be persisted together; empty if there is nothing to begin.</param>
    public bool TryBegin(TimeSpan now, out ImmutableArray<IJournalEvent> events)
    {
        if (IsWriting || !HasGathered)
        {
            events = [];
            return false;
        }

        CloseEvent();
        events = _gathered.DrainToImmutable();
        (_afterInFlight, _afterGathered) = (_afterGathered, _afterInFlight);
        _inFlightEnd = _gatheredEnd;
        (_entriesInFlight, _gatheredEntries) = (_gatheredEntries, 0);
        (_othersInFlight, _gatheredOthers) = (_gatheredOthers, 0);
        _eventsInFlight = events.Length;
        _startedAt = now;
        _begun++;
        IsWriting = true;
        return true;
    }

    /// <summary>An event of the write in flight is durable.</summary>
    /// <returns>Whether all of them are; then <see cref="Complete"/> follows.</returns>
    public bool OnPersisted() => --_eventsInFlight == 0;

    /// <summary>The write in flight is durable: moves <see cref="DurableIndex"/> and runs what waited for it.</summary>
    public void Complete()
    {
        IsWriting = false;
        (_entriesInFlight, _othersInFlight) = (0, 0);
        if (_inFlightEnd.Truncations == _truncations)
        {
            DurableIndex = Math.Max(DurableIndex, _inFlightEnd.Index);
        }

        var actions = _afterInFlight;
        _afterInFlight = [];
        foreach (var waiting in actions)
        {
            waiting.Action();
        }
    }

    private void CloseEvent()
    {
        if (_entries.Count > 0)
        {
            _gathered.Add(new EntriesAppended(_entries.DrainToImmutable()));
            _entryBytes = 0;
        }
    }

    private readonly record struct Waiting(Action Action, object? Key);
}

/// <summary>What waits for a node's journal.</summary>
/// <param name="Entries">Log entries that are not durable yet.</param>
/// <param name="Others">Events without entries: changes of term or vote, snapshots.</param>
/// <param name="Actions">What may happen only when they are durable, answers above all.</param>
public readonly record struct JournalQueueSize(int Entries, int Others, int Actions);
