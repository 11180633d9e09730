using Akka.Actor;
using Raft.Actors.Dispatch;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>
/// Stored snapshots that somebody copies. Each has a reader of its own, and stays in the store as long as that one reads.
/// </summary>
internal sealed class Exports(INodeContext node, KeptSnapshots kept)
{
    private readonly SortedDictionary<long, IActorRef> _readers = [];
    private long _started;

    /// <summary>The numbers of the snapshots that are copied.</summary>
    public IEnumerable<long> Numbers => _readers.Keys;

    /// <summary>Somebody wants a piece of a snapshot.</summary>
    public void Read(ReadSnapshot request)
    {
        var snapshot = request.Number == 0 ? kept.Newest : kept.All.FirstOrDefault(known => known.Number == request.Number);
        var number = snapshot?.Number ?? request.Number;
        if (!_readers.TryGetValue(number, out var reader))
        {
            if (snapshot is null)
            {
                var reason = number == 0 ? "this server has no snapshot yet" : $"this server has no snapshot {number} any more";
                node.Tell(node.Sender, new SnapshotNotFound(reason));
                return;
            }

            var (store, keys, maxPiece) = (kept.Store, kept.Keys, node.Settings.Replication.MaxBytesPerMessage);
            var props = Props.Create(() => new SnapshotReader(snapshot, store, keys, maxPiece));
            reader = node.Spawn(props.On(node.Settings.StateMachineDispatcher), $"export-{number}-{++_started}");
            _readers.Add(number, reader);
        }

        reader.Tell(request, node.Sender);
    }

    /// <summary>A reader has ended.</summary>
    public void End(ReadingEnded ended) => _readers.Remove(ended.Number);
}
