using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Snapshots;

/// <summary>To the node: this snapshot is no longer being read.</summary>
internal sealed record ReadingEnded(long Number);

/// <summary>
/// Reads a stored snapshot for those who copy it, beside the node: one chunk in memory, one request of the store at a time.
/// </summary>
internal sealed class SnapshotReader : UntypedActor
{
    /// <summary>A snapshot of which no piece was asked for so long is let go of.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const int MaxWaiting = 64;

    private readonly StoredSnapshot _snapshot;
    private readonly IActorRef _store;
    private readonly SnapshotKeys _keys;
    private readonly int _maxPiece;
    private readonly Queue<(long Offset, IActorRef Client)> _waiting = new();
    private (int Number, ReadOnlyMemory<byte> Bytes) _chunk;

    public SnapshotReader(StoredSnapshot snapshot, IActorRef store, SnapshotKeys keys, int maxPiece)
    {
        (_snapshot, _store, _keys, _maxPiece) = (snapshot, store, keys, maxPiece);
        SetReceiveTimeout(Patience);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadSnapshot read when read.Offset < 0 || read.Offset > _snapshot.Content.Bytes:
                Sender.Tell(new SnapshotNotFound($"the snapshot has {_snapshot.Content.Bytes} bytes and none at {read.Offset}"));
                break;
            case ReadSnapshot when _waiting.Count == MaxWaiting:
                Sender.Tell(new Overloaded(_waiting.Count, TimeSpan.FromMilliseconds(100)));
                break;
            case ReadSnapshot read:
                _waiting.Enqueue((read.Offset, Sender));
                if (_waiting.Count == 1)
                {
                    AnswerOrLoad();
                }

                break;
            case LoadSnapshotResult loaded:
                OnLoaded(loaded);
                break;
            case LoadSnapshotFailed failed:
                Refuse(failed.Cause.Message);
                break;
            case ReceiveTimeout when _waiting.Count == 0:
                Context.Parent.Tell(new ReadingEnded(_snapshot.Number));
                Context.Stop(Self);
                break;
        }
    }

    private void AnswerOrLoad()
    {
        while (_waiting.TryPeek(out var first))
        {
            var number = (int)(first.Offset / _snapshot.ChunkBytes) + 1;
            if (first.Offset < _snapshot.Content.Bytes && _chunk.Number != number)
            {
                _chunk = (-number, default);
                _store.Tell(_keys.Load(_snapshot.Number, number), Self);
                return;
            }

            _waiting.Dequeue();
            var rest = first.Offset < _snapshot.Content.Bytes
                ? _chunk.Bytes[(int)(first.Offset % _snapshot.ChunkBytes)..]
                : default;
            var piece = rest[..Math.Min(rest.Length, _maxPiece)];
            first.Client.Tell(new SnapshotPiece(_snapshot.Number, _snapshot.Content, first.Offset, piece));
        }
    }

    private void OnLoaded(LoadSnapshotResult loaded)
    {
        try
        {
            var number = -_chunk.Number;
            _chunk = (number, ChunkReader.BytesOf(_snapshot, number, loaded));
        }
        catch (Serialization.MalformedMessageException missing)
        {
            Refuse(missing.Message);
            return;
        }

        AnswerOrLoad();
    }

    /// <summary>The clients that waited may ask again: a store that could not be reached may be reachable by then.</summary>
    private void Refuse(string reason)
    {
        _chunk = default;
        while (_waiting.TryDequeue(out var waiting))
        {
            waiting.Client.Tell(new SnapshotNotFound($"the snapshot cannot be read: {reason}"));
        }
    }
}
