using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Storage;

namespace Raft.Tests.Storage;

/// <summary>A persistent actor that writes what it is told, keeps what it recovers, and says what went wrong.</summary>
internal sealed class JournalProbe : UntypedPersistentActor
{
    private readonly Action<Exception> _onFailure;
    private readonly List<object> _events = [];
    private IActorRef _deleter = ActorRefs.Nobody;

    public JournalProbe(string group, string server, Action<Exception> onFailure)
    {
        _onFailure = onFailure;
        PersistenceId = $"raft/{group}/{server}";
        JournalPluginId = RaftStorage.JournalPlugin(group);
        SnapshotPluginId = RaftStorage.SnapshotPlugin(group);
    }

    public override string PersistenceId { get; }

    /// <summary>Writes events, each a row, all in one transaction; answered with the last sequence number.</summary>
    public sealed record Write(params ImmutableArray<object> Events);

    /// <summary>Deletes what lies up to a sequence number, answered with it.</summary>
    public sealed record Delete(long To);

    /// <summary>Saves a snapshot, answered with its sequence number.</summary>
    public sealed record Snapshot(object State);

    /// <summary>Asks for the events seen since the start.</summary>
    public sealed record Read;

    protected override void OnRecover(object message)
    {
        if (message is not RecoveryCompleted)
        {
            _events.Add(message is SnapshotOffer offer ? offer.Snapshot : message);
        }
    }

    protected override void OnCommand(object message)
    {
        var sender = Sender;
        switch (message)
        {
            case Write write:
                var waiting = write.Events.Length;
                PersistAllAsync(write.Events, persisted =>
                {
                    _events.Add(persisted);
                    if (--waiting == 0)
                    {
                        sender.Tell(LastSequenceNr);
                    }
                });
                break;
            case Delete delete:
                _deleter = sender;
                DeleteMessages(delete.To);
                break;
            case DeleteMessagesSuccess done:
                _deleter.Tell(done.ToSequenceNr);
                break;
            case DeleteMessagesFailure failed:
                _onFailure(failed.Cause);
                break;
            case Snapshot snapshot:
                _deleter = sender;
                SaveSnapshot(snapshot.State);
                break;
            case SaveSnapshotSuccess saved:
                _deleter.Tell(saved.Metadata.SequenceNr);
                break;
            case SaveSnapshotFailure failed:
                _onFailure(failed.Cause);
                break;
            case Read:
                sender.Tell(_events.ToImmutableArray());
                break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _onFailure(cause);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _onFailure(reason);
        base.OnRecoveryFailure(reason, message);
    }
}
