using Raft.Simulation.Journal;

namespace Raft.Simulation.Invariants;

/// <summary>
/// What the group has committed, taken from the server that committed each entry first. No server knows all of this.
/// </summary>
internal sealed class CommittedLog
{
    private readonly List<(EntryIdentity Entry, long CommitTerm)> _entries = [];
    private readonly List<long> _times = [];

    public long LastIndex => _entries.Count;

    /// <summary>The entries up to an index.</summary>
    public IEnumerable<EntryIdentity> UpTo(long index) => _entries.Take((int)index).Select(static committed => committed.Entry);

    public EntryIdentity this[long index] => _entries[(int)index - 1].Entry;

    /// <summary>Adds the next entry, which a leader committed in a term, at a time.</summary>
    public void Add(EntryIdentity entry, long commitTerm, long time)
    {
        _entries.Add((entry, commitTerm));
        _times.Add(time);
    }

    /// <summary>The last index that was committed before a time.</summary>
    public long LastIndexAt(long time)
    {
        var place = _times.BinarySearch(time);
        place = place < 0 ? ~place : place;
        while (place > 0 && _times[place - 1] == time)
        {
            place--;
        }

        return place;
    }

    /// <summary>The last index that was committed in a term before another: a leader of that term must have it.</summary>
    public long LastIndexCommittedBefore(long term)
    {
        var index = _entries.Count;
        while (index > 0 && _entries[index - 1].CommitTerm >= term)
        {
            index--;
        }

        return index;
    }
}
