using System.Collections.Immutable;

namespace Raft.Actors.Model;

/// <summary>What a node writes to its journal, which is its only source of truth (docs/architecture.md, Durability).</summary>
public interface IJournalEvent;

/// <summary>The term changed, or a vote was cast in it (the persistent state of figure 3.1 besides the log).</summary>
/// <param name="Term">The node's current term from here on.</param>
/// <param name="VotedFor">The server that got its vote in that term; none if it has not voted.</param>
public sealed record HardStateChanged(long Term, ServerId VotedFor) : IJournalEvent;

/// <summary>
/// Which journal this is, and which group it belongs to. The first event of every journal that a version with identities makes;
/// again when the server comes to know its group. In a journal of an older version it stands where its group got an identity.
/// </summary>
/// <param name="Journal">The journal's identity, which never changes.</param>
/// <param name="Group">The group's; none before it is known, and never another afterwards.</param>
public sealed record JournalIdentified(JournalIdentity Journal, GroupIdentity Group) : IJournalEvent;

/// <summary>
/// Entries were appended, one after the other from the first one's index. They replace everything that the log held from that
/// index on: the truncation of a conflicting suffix is the append of what replaces it.
/// </summary>
/// <param name="Entries">The entries, at least one, their indexes without gaps.</param>
public sealed record EntriesAppended(ImmutableArray<LogEntry> Entries) : IJournalEvent
{
    /// <summary>The index of the first entry, which says from where on the log is replaced.</summary>
    public long FirstIndex => Entries[0].Index;

    /// <summary>The index of the last entry, which is the last of the log after this event.</summary>
    public long LastIndex => Entries[^1].Index;
}

/// <summary>
/// The server has found the group's safety broken. It takes no part until <see cref="SafetyRestored"/> follows. Versions before
/// it refuse such a journal, and so stay out too.
/// </summary>
/// <param name="CommitIndex">Up to here it knew entries to be committed.</param>
/// <param name="Reason">What it has found, in words.</param>
public sealed record SafetyBroken(long CommitIndex, string Reason) : IJournalEvent;

/// <summary>An operator has decided that the server takes part again, whatever it knew to be committed.</summary>
public sealed record SafetyRestored : IJournalEvent;
