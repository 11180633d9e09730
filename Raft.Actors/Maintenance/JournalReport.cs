using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Maintenance;

/// <summary>An entry of a stored log, without its data.</summary>
/// <param name="Index">Its place in the log.</param>
/// <param name="Term">Its term.</param>
/// <param name="Kind">What it means.</param>
/// <param name="DataBytes">The length of its data, in bytes.</param>
/// <param name="ExtensionBytes">The length of its extensions, in bytes.</param>
/// <param name="Timestamp">When its leader appended it, in milliseconds since 1970 (UTC); 0 if no leader stamped it.</param>
/// <param name="SequenceNr">The journal event that it came with.</param>
public readonly record struct StoredEntry(
    long Index, long Term, EntryKind Kind, int DataBytes, int ExtensionBytes, long Timestamp, long SequenceNr);

/// <summary>A configuration of a stored log.</summary>
/// <param name="Index">The index of its entry.</param>
/// <param name="Configuration">The configuration.</param>
public sealed record StoredConfiguration(long Index, Configuration Configuration);

/// <summary>Something in a journal that is not as it should be. A node that finds it takes no part in its group.</summary>
/// <param name="SequenceNr">The event where it was found; 0 if it concerns the journal as a whole.</param>
/// <param name="Description">What is wrong.</param>
public sealed record JournalProblem(long SequenceNr, string Description);

/// <summary>What the journal of a stopped server says, as far as it can be read.</summary>
public sealed record JournalReport
{
    /// <summary>The first event that is stored; 0 in an empty journal.</summary>
    public required long FirstSequenceNr { get; init; }

    /// <summary>The last one; 0 in an empty journal.</summary>
    public required long LastSequenceNr { get; init; }

    /// <summary>How many events are stored.</summary>
    public required long Events { get; init; }

    /// <summary>Their size, in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The server's term.</summary>
    public required long Term { get; init; }

    /// <summary>Its vote in that term; none if it has not voted.</summary>
    public required ServerId VotedFor { get; init; }

    /// <summary>The journal's identity; none in one of a version that knows none.</summary>
    public JournalIdentity Journal { get; init; }

    /// <summary>The identity of the group that it belongs to; none if the server does not know it.</summary>
    public GroupIdentity Group { get; init; }

    /// <summary>The entries of the log, by index. Where rows are damaged there may be gaps.</summary>
    public required ImmutableArray<StoredEntry> Entries { get; init; }

    /// <summary>The configurations of the log, by index. The last one is in force.</summary>
    public required ImmutableArray<StoredConfiguration> Configurations { get; init; }

    /// <summary>The complete snapshots, the newest first. They hold what the log no longer has.</summary>
    public ImmutableArray<StoredSnapshot> Snapshots { get; init; } = [];

    /// <summary>
    /// What the server has found that keeps it out of its group until an operator decides; null if it takes part.
    /// </summary>
    public SafetyBroken? BrokenSafety { get; init; }

    /// <summary>What is wrong with the journal, in its order.</summary>
    public required ImmutableArray<JournalProblem> Problems { get; init; }

    /// <summary>
    /// For what a server that starts would refuse what is there, though the journal is not damaged: it is a copy, say.
    /// </summary>
    public ImmutableArray<string> Refusals { get; init; } = [];

    /// <summary>Whether the server never took part in a group.</summary>
    public bool IsEmpty => Term == 0 && LastIndex == 0 && Problems.IsEmpty;

    /// <summary>
    /// The index of the last entry, or of the newest snapshot, if no entry follows it; 0 if there is neither.
    /// </summary>
    public long LastIndex => !Entries.IsEmpty ? Entries[^1].Index : Snapshots.IsEmpty ? 0 : Snapshots[0].Index;

    /// <summary>The term of the last entry, or of the newest snapshot; 0 if there is neither.</summary>
    public long LastTerm => !Entries.IsEmpty ? Entries[^1].Term : Snapshots.IsEmpty ? 0 : Snapshots[0].Content.Term;

    /// <summary>The configuration in force, committed or not; null if there is none.</summary>
    public StoredConfiguration? Configuration => Configurations.IsEmpty ? null : Configurations[^1];
}
