using Akka.Actor;
using Raft.Actors.Model;

namespace Raft.Actors.Node.Contracts;

/// <summary>What a leader that sends snapshots needs of the server's own.</summary>
internal interface ILocalSnapshots
{
    /// <summary>The newest complete snapshot; null where there is none.</summary>
    StoredSnapshot? Newest { get; }

    /// <summary>The store that they are in.</summary>
    IActorRef Store { get; }

    /// <summary>Entries up to here are in the newest snapshot and do not trail it. Followers may need some of them all the same.</summary>
    long Superfluous { get; }

    /// <summary>Begins to take one, unless something stands against it.</summary>
    void BeginIfPossible();

    /// <summary>One cannot be read any more: it does not count from now on.</summary>
    void Forget(StoredSnapshot unreadable);

    /// <summary>Removes those that nothing needs.</summary>
    void Sweep();

    /// <summary>Lets go of what the newest makes superfluous in the log.</summary>
    void Compact();

    /// <summary>Tells observers how far one has come.</summary>
    void Tell(Protocol.SnapshotActivity activity, ServerId peer, long index, long bytesDone, long bytes);
}
