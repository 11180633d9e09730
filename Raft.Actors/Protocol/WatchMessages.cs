using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Asks for committed changes of keys, from an index on. Any server answers what it has applied, with <see cref="ChangesRead"/>, <see cref="ChangesForgotten"/> or, where its
/// state machine tells no changes, <see cref="InvalidRequest"/>. Who asks again from <see cref="ChangesRead.Next"/> on, here or elsewhere, misses nothing and gets nothing twice; and gets no more
/// at a time than it asks for, so that a slow one costs nobody memory.
/// </summary>
/// <param name="From">The lowest index that is wanted; 0: what changes from now on, which is answered without changes, by where
/// that is: behind all that was committed before. The leader is asked for that; where there is none, the answer is <see
/// cref="NotLeader"/>.</param>
/// <param name="Prefix">What the keys that are wanted begin with; empty: all.</param>
public sealed record ReadChanges(long From, ReadOnlyMemory<byte> Prefix) : IRaftRequest
{
    /// <summary>Longer waits are cut to this (a minute).</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    /// <summary>How long to wait for a change where there is none yet; then the answer is empty. Zero: not at all.</summary>
    public TimeSpan Wait { get; init; }
}

/// <summary>What has changed.</summary>
/// <param name="Next">From where to go on: everything below has been looked at.</param>
/// <param name="Changes">The changes, in the order of their indexes, some at a time; empty where nothing came in time.</param>
public sealed record ChangesRead(long Next, ImmutableArray<KeyChange> Changes) : IRaftReply;

/// <summary>The changes that were asked for are not known to that server: compacted into a snapshot, or more than it remembers. Another one may know them.</summary>
/// <param name="Forgotten">Up to this index nothing is remembered there. Read the state, and go on behind the index that the answer names.</param>
public sealed record ChangesForgotten(long Forgotten) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override bool IsPermanent => true;

    /// <inheritdoc />
    public override string Message => $"changes up to {Forgotten} are not remembered any more; read the state, and watch from behind its index";
}
