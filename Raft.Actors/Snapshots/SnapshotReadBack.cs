using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Snapshots;

/// <summary>
/// To the keeper: a stored snapshot was read back from its first chunk to its last; with what is wrong with it, or null.
/// </summary>
internal sealed record ReadBackEnded(StoredSnapshot Snapshot, string? Problem);

/// <summary>
/// Reads a snapshot back from the store before it counts. The journal is compacted after a snapshot that counts, so a store
/// that confirms what it does not keep would cost the state.
/// </summary>
internal sealed class SnapshotReadBack : UntypedActor
{
    private readonly StoredSnapshot _snapshot;
    private readonly IActorRef _store;
    private readonly SnapshotKeys _keys;
    private readonly ChunkReader _reader;

    public SnapshotReadBack(StoredSnapshot snapshot, IActorRef store, SnapshotKeys keys)
    {
        (_snapshot, _store, _keys) = (snapshot, store, keys);
        _reader = new ChunkReader(snapshot);
    }

    protected override void PreStart() => LoadNext();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoadSnapshotResult loaded:
                OnLoaded(loaded);
                break;
            case LoadSnapshotFailed failed:
                End(failed.Cause.Message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnLoaded(LoadSnapshotResult loaded)
    {
        try
        {
            _reader.Take(loaded);
        }
        catch (MalformedMessageException wrong)
        {
            End(wrong.Message);
            return;
        }

        LoadNext();
    }

    private void LoadNext()
    {
        if (_reader.IsAtEnd)
        {
            End(null);
        }
        else
        {
            _store.Tell(_keys.Load(_snapshot.Number, _reader.Next), Self);
        }
    }

    private void End(string? problem)
    {
        Context.Parent.Tell(new ReadBackEnded(_snapshot, problem));
        Context.Stop(Self);
    }
}
