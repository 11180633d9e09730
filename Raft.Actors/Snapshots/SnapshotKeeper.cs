using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Snapshots;

/// <summary>
/// Puts snapshots into the snapshot store, chunk by chunk, beside the node: those that the state machine gives and
/// those that a leader sends; and removes what is not kept. One is under way at a time, with a few chunks in memory.
/// </summary>
internal sealed class SnapshotKeeper : UntypedActor
{
    // One is being written while the next is filled.
    private const int MaxChunksInFlight = 2;

    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly RaftSettings _settings;
    private readonly IActorRef _store;
    private readonly SnapshotKeys _keys;
    private readonly SnapshotSweep _sweep;
    private SnapshotInput? _input;
    private int _inFlight;
    private (long Number, IActorRef Reader)? _readBack;

    public SnapshotKeeper(RaftSettings settings, IActorRef store)
    {
        _settings = settings;
        _store = store;
        _keys = new SnapshotKeys(SnapshotKeys.PersistenceIdOf(settings.PersistenceId));
        _sweep = new SnapshotSweep(_keys, message => _store.Tell(message, Self));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case WriteSnapshot write:
                Begin(new ViewInput(write, _settings.Snapshots.ChunkBytes));
                break;
            case BeginReceive begin:
                var received = new ReceivedInput(begin.Number, begin.First.Content, Acknowledge, _settings.Snapshots.ChunkBytes);
                Begin(received);
                received.Take(begin.First, begin.Sender);
                Pump();
                break;
            case ReceivePiece piece when _input is ReceivedInput receiving && receiving.Number == piece.Number:
                receiving.Take(piece.Piece, piece.Sender);
                Pump();
                break;
            case AbandonSnapshot abandon when _input?.Number == abandon.Number || _readBack?.Number == abandon.Number:
                End();
                break;
            case ReadBackEnded ended when _readBack?.Number == ended.Snapshot.Number:
                OnReadBack(ended);
                break;
            case SaveSnapshotSuccess saved:
                if (Concerns(saved.Metadata))
                {
                    _inFlight--;
                    Pump();
                }

                break;
            case SaveSnapshotFailure failed:
                if (Concerns(failed.Metadata))
                {
                    Fail($"the snapshot store failed: {failed.Cause.Message}");
                }

                break;
            case SweepSnapshots sweep:
                _sweep.Begin(sweep);
                break;
            case LoadSnapshotResult loaded:
                _sweep.Found(loaded.Snapshot?.Metadata.SequenceNr);
                break;
            case LoadSnapshotFailed unreadable when ChunkReader.IsDamage(unreadable.Cause):
                _sweep.Unreadable();
                break;
            case LoadSnapshotFailed unreachable:
                _sweep.Unreachable();
                _logger.Debug(
                    "{0} cannot look for leftovers of snapshots: {1}", _settings.PersistenceId, unreachable.Cause.Message);
                break;
            case DeleteSnapshotSuccess:
                _sweep.Deleted();
                break;
            case DeleteSnapshotFailure kept:
                _sweep.Deleted();
                _logger.Warning(
                    "{0} could not remove a part of an old snapshot: {1}; it is tried again after the next one",
                    _settings.PersistenceId, kept.Cause.Message);
                break;
            case ReceivePiece or AbandonSnapshot or ReadBackEnded:
                // Of one that has failed or ended meanwhile.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _input?.Dispose();

    private bool Concerns(SnapshotMetadata metadata) =>
        _input is { } input && SnapshotKeys.Parse(metadata.SequenceNr).Number == input.Number;

    private void Begin(SnapshotInput input)
    {
        End();
        _input = input;
        Pump();
    }

    private void End()
    {
        _input?.Dispose();
        _input = null;
        _inFlight = 0;
        if (_readBack is { } readBack)
        {
            Context.Stop(readBack.Reader);
            _readBack = null;
        }
    }

    /// <summary>Stores as many chunks as may be on their way, and ends when the last one is there.</summary>
    private void Pump()
    {
        if (_input is not { } input)
        {
            return;
        }

        try
        {
            while (_inFlight < MaxChunksInFlight && input.Next() is { } chunk)
            {
                _inFlight++;
                _store.Tell(_keys.Save(chunk), Self);
            }

            if (_inFlight == 0 && input.IsAtEnd)
            {
                ReadBack(input.Describe());
            }
        }
        catch (Exception thrown)
        {
            // The user's view is read here. An exception in it spoils this snapshot and nothing else.
            Fail(thrown.Message);
        }
    }

    /// <summary>All of it is stored, as the store says. It counts when it was found there.</summary>
    private void ReadBack(StoredSnapshot snapshot)
    {
        End();
        var (store, keys) = (_store, _keys);
        var props = Props.Create(() => new SnapshotReadBack(snapshot, store, keys)).On(_settings.Dispatcher);
        _readBack = (snapshot.Number, Context.ActorOf(props, $"read-back-{snapshot.Number}"));
    }

    private void OnReadBack(ReadBackEnded ended)
    {
        _readBack = null;
        Context.Parent.Tell(ended.Problem is { } problem
            ? new SnapshotFailed(
                ended.Snapshot.Number, $"the snapshot store has confirmed it, but it cannot be read back: {problem}")
            : new SnapshotStored(ended.Snapshot));
    }

    private void Acknowledge(InstallSnapshot piece, IActorRef sender, long offset)
    {
        var header = new PeerHeader(
            ProtocolVersion.Current, _settings.Group, _settings.ServerId, piece.Header.From, piece.Header.Term);
        sender.Tell(new InstallSnapshotResponse(header, piece.Sequence, InstallStatus.Receiving, offset), Context.Parent);
    }

    private void Fail(string reason)
    {
        Context.Parent.Tell(new SnapshotFailed(_input!.Number, reason));
        End();
    }
}
