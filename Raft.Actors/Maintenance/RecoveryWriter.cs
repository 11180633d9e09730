using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Model;

namespace Raft.Actors.Maintenance;

/// <summary>Appends events to a journal in a node's place: as one write, durable or not made at all.</summary>
internal sealed class RecoveryWriter : UntypedPersistentActor
{
    private readonly long _expectedSequenceNr;
    private IActorRef _client = ActorRefs.Nobody;

    public RecoveryWriter(string persistenceId, string journalPlugin, long expectedSequenceNr)
    {
        PersistenceId = persistenceId;
        JournalPluginId = journalPlugin;
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
        _expectedSequenceNr = expectedSequenceNr;
    }

    /// <inheritdoc />
    public override string PersistenceId { get; }

    /// <summary>Reads nothing but the last sequence number.</summary>
    public override Recovery Recovery => Recovery.None;

    /// <inheritdoc />
    protected override void OnRecover(object message)
    {
    }

    /// <inheritdoc />
    protected override void OnCommand(object message)
    {
        if (message is not Append append)
        {
            Unhandled(message);
            return;
        }

        _client = Sender;
        if (LastSequenceNr != _expectedSequenceNr)
        {
            _client.Tell(new Status.Failure(new InvalidOperationException(
                $"the journal ends with event {LastSequenceNr} and not with {_expectedSequenceNr}: "
                + "somebody has written to it meanwhile")));
            return;
        }

        var left = append.Events.Length;
        PersistAll(append.Events, _ =>
        {
            if (--left == 0)
            {
                _client.Tell(new Appended(LastSequenceNr));
            }
        });
    }

    /// <inheritdoc />
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _client.Tell(new Status.Failure(cause));

    /// <inheritdoc />
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        _client.Tell(new Status.Failure(cause));

    public sealed record Append(IJournalEvent[] Events);

    public sealed record Appended(long SequenceNr);
}
