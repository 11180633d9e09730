using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Asks for committed changes of keys, from an index on. Any server answers with what it has applied:
/// <see cref="ChangesRead"/>, <see cref="ChangesForgotten"/>, or <see cref="InvalidRequest"/> if its state machine tells no
/// changes. Ask again from <see cref="ChangesRead.Next"/> on, here or at another server, and you miss nothing and get nothing
/// twice. You get only what you ask for, so a slow reader costs no memory.
/// </summary>
/// <param name="From">The lowest index that is wanted; 0: what changes from now on. Then the answer has no changes, and its
/// <see cref="ChangesRead.Next"/> is after everything that was committed before. The server asks the leader for that; without a
/// leader the answer is <see cref="NotLeader"/>.</param>
/// <param name="Prefix">What the keys that are wanted begin with; empty: all.</param>
public sealed record ReadChanges(long From, ReadOnlyMemory<byte> Prefix) : IRaftRequest
{
    /// <summary>Longer waits are cut to this (a minute).</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    /// <summary>How long to wait for a change; after that the answer is empty. Zero: do not wait.</summary>
    public TimeSpan Wait { get; init; }
}

/// <summary>What has changed.</summary>
/// <param name="Next">From where to go on: there is nothing more below it.</param>
/// <param name="Changes">The changes, in the order of their indexes, some at a time; empty if nothing came in time.</param>
public sealed record ChangesRead(long Next, ImmutableArray<KeyChange> Changes) : IRaftReply;

/// <summary>
/// The server does not know the changes: they were compacted into a snapshot, or are more than it remembers. Another server may
/// know them.
/// </summary>
/// <param name="Forgotten">Up to this index nothing is remembered there. Read the state, and go on after the index that the
/// answer names.</param>
public sealed record ChangesForgotten(long Forgotten) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message =>
        $"changes up to {Forgotten} are no longer remembered; read the state, and watch from the index after the state's";
}
