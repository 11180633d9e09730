using Raft.Actors.Model;

namespace Raft.Simulation.Journal;

/// <summary>
/// What a server's journal says to whoever reads it now: the term, each vote that was ever cast, and the log. What was
/// compacted away stays here, for it is in a snapshot.
/// </summary>
internal sealed class DurableLog
{
    private readonly List<EntryIdentity> _entries = [];
    private readonly Dictionary<long, ServerId> _votes = [];

    public long Term { get; private set; }

    /// <summary>Whose journal it is; none before its first event.</summary>
    public JournalIdentity Journal { get; private set; }

    public long LastIndex => _entries.Count;

    public EntryIdentity this[long index] => _entries[(int)index - 1];

    /// <summary>The term of the entry at an index; null where there is none.</summary>
    public long? TermAt(long index) =>
        index == 0 ? 0 : index > 0 && index <= _entries.Count ? _entries[(int)index - 1].Term : null;

    /// <summary>Whom the server voted for in a term.</summary>
    public ServerId VoteIn(long term) => _votes.GetValueOrDefault(term);

    public void Change(HardStateChanged change)
    {
        Term = change.Term;
        if (!change.VotedFor.IsNone)
        {
            _votes[change.Term] = change.VotedFor;
        }
    }

    public void Identify(JournalIdentified identified) => Journal = identified.Journal;

    public void Append(EntriesAppended appended)
    {
        if (appended.FirstIndex <= _entries.Count)
        {
            _entries.RemoveRange((int)appended.FirstIndex - 1, _entries.Count - (int)appended.FirstIndex + 1);
        }

        _entries.AddRange(appended.Entries.Select(EntryIdentity.Of));
    }

    /// <summary>A snapshot took the place of the whole log: it stands for what was committed up to its index.</summary>
    public void Replace(IEnumerable<EntryIdentity> committed)
    {
        _entries.Clear();
        _entries.AddRange(committed);
    }
}
