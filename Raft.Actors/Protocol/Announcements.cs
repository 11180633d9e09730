using System.Collections.Immutable;
using Raft.Actors.Log;

namespace Raft.Actors.Protocol;

/// <summary>
/// What a server can read. Each server tells its leader, and a leader puts nothing into the log that a member cannot read. A server of
/// commit 3187fba or before tells nothing.
/// </summary>
/// <param name="Software">The version of this library, for people.</param>
/// <param name="HighestEntryKind">It reads the kinds of entries up to this one.</param>
/// <param name="StateMachineVersion">The highest version of its state machine's commands that it knows; 0 where the machine has no versions.</param>
/// <param name="Types">The types that its payloads may have, each by a hash of its name, in ascending order.</param>
public sealed record ServerAbilities(string Software, EntryKind HighestEntryKind, int StateMachineVersion, ImmutableArray<ulong> Types)
{
    /// <summary>Whether it reads payloads that contain this type.</summary>
    public bool Reads(ulong type) => Types.BinarySearch(type) >= 0;

    /// <inheritdoc />
    public bool Equals(ServerAbilities? other) =>
        other is not null
        && (Software, HighestEntryKind, StateMachineVersion) == (other.Software, other.HighestEntryKind, other.StateMachineVersion)
        && Types.AsSpan().SequenceEqual(other.Types.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => (Software, HighestEntryKind, StateMachineVersion, Types.Length).GetHashCode();
}

/// <summary>What a follower tells of itself beside its answer to a heartbeat.</summary>
/// <param name="LastApplied">Up to where its state machine has applied the log.</param>
/// <param name="FailedAt">The entry at which its state machine failed and waits; 0 where it did not.</param>
/// <param name="Digest">Stands for its <see cref="ServerAbilities"/>.</param>
/// <param name="Abilities">All of them, where the heartbeat says that the leader does not know that digest; else null.</param>
public sealed record ServerReport(long LastApplied, long FailedAt, ulong Digest, ServerAbilities? Abilities);
