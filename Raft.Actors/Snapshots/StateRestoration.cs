using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Snapshots;

/// <summary>
/// A stored snapshot on its way into a state machine: a chunk after the other, its blocks first to the library and then to the
/// user. The present state stays until all has proved to be whole.
/// </summary>
/// <param name="order">What to restore.</param>
/// <param name="library">Takes the library's own blocks.</param>
/// <param name="stateMachine">Begins the user's restore.</param>
internal sealed class StateRestoration(RestoreState order, IStateMachineRestore library, Func<IStateMachineRestore> stateMachine)
{
    private readonly ChunkReader _chunks = new(order.Snapshot);
    private readonly FrameReader _frames = new();
    private IStateMachineRestore? _restore;
    private bool _hasAllOfLibrary;

    public StoredSnapshot Snapshot => order.Snapshot;

    /// <summary>Whether the state machine keeps its own state.</summary>
    public bool IsLibraryOnly => order.LibraryOnly;

    /// <summary>The restore by hand that was under way there.</summary>
    public StateReplacement Replacement { get; } = new();

    /// <summary>The next chunk to ask the store for.</summary>
    public int NextChunk => _chunks.Next;

    /// <summary>How often in a row the store could not be reached.</summary>
    public int LoadFailures { get; set; }

    /// <summary>Takes a chunk.</summary>
    /// <returns>Whether it was the last, and the state is the snapshot's.</returns>
    public bool Take(LoadSnapshotResult answer)
    {
        LoadFailures = 0;
        var bytes = _chunks.Take(answer);
        while (!_hasAllOfLibrary && _frames.TryRead(ref bytes, out var block))
        {
            if (_frames.Section == SnapshotSection.Library)
            {
                library.Add(block);
            }
            else if (_frames.Section == SnapshotSection.Replacement)
            {
                Replacement.Read(block);
            }
            else if (order.LibraryOnly)
            {
                _hasAllOfLibrary = true;
            }
            else
            {
                (_restore ??= stateMachine()).Add(block);
            }
        }

        if (!_hasAllOfLibrary && !_chunks.IsAtEnd)
        {
            return false;
        }

        if (!_hasAllOfLibrary && !_frames.IsComplete)
        {
            throw new MalformedMessageException($"snapshot {order.Snapshot.Number} ends in the middle of a block");
        }

        if (!order.LibraryOnly)
        {
            (_restore ??= stateMachine()).Complete();
        }

        library.Complete();
        return true;
    }

    /// <summary>It is over, complete or not.</summary>
    public void End()
    {
        _restore?.Dispose();
        library.Dispose();
    }
}
