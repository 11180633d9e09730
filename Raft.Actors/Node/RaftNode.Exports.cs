using Akka.Actor;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>Stored snapshots that somebody copies: each has a reader of its own, and stays as long as that one is read.</summary>
public sealed partial class RaftNode
{
    private readonly SortedDictionary<long, (StoredSnapshot Snapshot, IActorRef Reader)> _exported = [];
    private long _exports;

    private void OnReadSnapshot(ReadSnapshot request)
    {
        var snapshot = request.Number == 0 ? NewestSnapshot : _snapshots.FirstOrDefault(kept => kept.Number == request.Number);
        var number = snapshot?.Number ?? request.Number;
        if (_exported.TryGetValue(number, out var exported))
        {
            exported.Reader.Forward(request);
        }
        else if (snapshot is null)
        {
            Sender.Tell(new SnapshotNotFound(request.Number == 0 ? "this server has no snapshot yet" : $"this server has no snapshot {request.Number} any more"), Self);
        }
        else
        {
            var (store, keys, maxPiece) = (_snapshotStore, new SnapshotKeys(SnapshotKeys.PersistenceIdOf(PersistenceId)), _settings.Replication.MaxBytesPerMessage);
            var props = Akka.Actor.Props.Create(() => new SnapshotReader(snapshot, store, keys, maxPiece));
            var reader = Context.ActorOf(props.On(_settings.StateMachineDispatcher), $"export-{number}-{++_exports}");
            _exported.Add(number, (snapshot, reader));
            reader.Forward(request);
        }
    }

    private void OnReadingEnded(ReadingEnded ended)
    {
        _exported.Remove(ended.Number);
        Sweep();
    }
}
