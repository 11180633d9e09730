using Raft.Actors.Log;

namespace Raft.Actors.Model;

/// <summary>What an entry of the log means. The numbers are part of the wire and journal formats.</summary>
public enum EntryKind : byte
{
    /// <summary>The entry that a leader appends at the start of its term (dissertation 6.4); it changes no state.</summary>
    Noop = 0,

    /// <summary>A command for the state machine.</summary>
    Command = 1,

    /// <summary>Answered when all entries before it have been applied; it changes no state.</summary>
    Barrier = 2,

    /// <summary>A configuration of the group, in force from the moment it is appended (dissertation 4.1).</summary>
    Configuration = 3,

    /// <summary>Begins a client session, whose id is the entry's index (dissertation 6.3).</summary>
    RegisterSession = 4,

    /// <summary>Keeps a client session alive.</summary>
    KeepSessionAlive = 5,

    /// <summary>Ends a client session.</summary>
    CloseSession = 6,

    /// <summary>A snapshot is going to be restored by hand; the restore's id is the entry's index.</summary>
    BeginRestore = 7,

    /// <summary>A piece of that snapshot.</summary>
    RestoreBlock = 8,

    /// <summary>All of it is there: it replaces the state at this place of the log.</summary>
    CompleteRestore = 9,

    /// <summary>
    /// A command before it is not applied, because the state machines throw at it (<see cref="SkippedEntry"/>).
    /// </summary>
    SkipEntry = 10,
}

/// <summary>
/// One entry of the replicated log (dissertation, figure 3.1). Immutable: the same instance is held by the log, by the
/// replicators and by the journal event that makes it durable.
/// </summary>
/// <param name="Index">The entry's place in the log; the first is 1.</param>
/// <param name="Term">The term of the leader that appended it.</param>
/// <param name="Kind">What it means.</param>
/// <param name="Data">The command, encoded; or the encoded configuration; or a step of a restore; empty for the other
/// kinds.</param>
/// <param name="Extensions">Bytes that travel beside a command and are not the state machine's (hashicorp's
/// <c>Log.Extensions</c>).</param>
/// <param name="Timestamp">When the leader appended it, in milliseconds since 1970 (UTC), by its <see cref="LogClock"/>; 0 if
/// no leader did.</param>
public sealed record LogEntry(
    long Index,
    long Term,
    EntryKind Kind,
    EncodedPayload Data,
    ReadOnlyMemory<byte> Extensions,
    long Timestamp)
{
    /// <summary>What an entry costs beside its data and extensions, as an estimate for limits in bytes.</summary>
    public const int Overhead = 48;

    /// <summary>The client session that a command belongs to, or that the entry is about; otherwise null.</summary>
    public CommandSession? Session { get; init; }

    /// <summary>The entry's size as limits count it, in bytes.</summary>
    public int Size => Data.Bytes.Length + Extensions.Length + Overhead;

    /// <summary>
    /// Whether the group or its operator made it, and not a client. There are only as many as elections, changes and skips.
    /// </summary>
    internal bool IsOfGroup => Kind is EntryKind.Noop or EntryKind.Configuration or EntryKind.SkipEntry;

    /// <inheritdoc />
    public override string ToString() => $"{Index}/{Term} {Kind} ({Data.Bytes.Length} B)";
}
