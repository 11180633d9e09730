using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;

namespace Raft.Actors.Client;

/// <summary>
/// To a client's actor: tell an actor of committed changes of keys, in order and without gaps. It is told
/// <see cref="WatchStarted"/>, <see cref="KeysChanged"/> and at last <see cref="WatchEnded"/>, by the watch, an actor of the
/// client's that it may watch. Servers may come and go meanwhile.
/// </summary>
/// <param name="Subscriber">The actor that is told. It belongs to this process, because nothing remote is ever watched; other
/// processes have clients of their own. The watch ends when it stops.</param>
/// <param name="From">The lowest index that is wanted; 0: what changes from now on.</param>
/// <param name="Prefix">What the keys that are wanted begin with; empty: all.</param>
public sealed record Watch(IActorRef Subscriber, long From, ReadOnlyMemory<byte> Prefix = default);

/// <summary>From a watch to its subscriber: it has begun.</summary>
public sealed record WatchStarted;

/// <summary>From a subscriber to its watch: no more.</summary>
public sealed record StopWatching;

/// <summary>
/// From a watch to its subscriber: what was committed, in order and without gaps. The next comes when the subscriber has
/// answered <see cref="ContinueWatch"/>.
/// </summary>
/// <param name="Changes">The changes, in the order of their indexes; at least one.</param>
/// <param name="Next">From where to watch again, once these are dealt with.</param>
public sealed record KeysChanged(ImmutableArray<KeyChange> Changes, long Next);

/// <summary>From a subscriber to its watch (the sender of <see cref="KeysChanged"/>): go on.</summary>
public sealed record ContinueWatch;

/// <summary>
/// From a watch to its subscriber: it has ended, and this is its last message. (It ends without a message when the subscriber
/// ends or stops it.)
/// </summary>
/// <param name="Next">From where to watch again: up to there all was told.</param>
/// <param name="End">Why.</param>
/// <param name="Reason">The same, to be read.</param>
public sealed record WatchEnded(long Next, WatchEnd End, string Reason)
{
    /// <summary>
    /// With <see cref="WatchEnd.Forgotten"/>: up to this index no server that was asked remembers the changes. Read the state,
    /// and watch from the index after it.
    /// </summary>
    public long Forgotten { get; init; }
}

/// <summary>Why a watch has ended.</summary>
public enum WatchEnd : byte
{
    /// <summary>What it would have told next is not remembered any more: compacted away, or too long ago.</summary>
    Forgotten = 0,

    /// <summary>
    /// The subscriber let the watch wait for <see cref="ContinueWatch"/> longer than
    /// <see cref="RaftClientSettings.WatchPatience"/>.
    /// </summary>
    TooSlow = 1,

    /// <summary>The group's state machine tells no changes, or what was asked for makes no sense.</summary>
    Refused = 2,
}
