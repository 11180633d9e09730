using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage.Segments;

/// <summary>
/// A journal plugin that keeps one persistence id's events in append-only files (<see cref="SegmentedLog"/>): one write and one
/// fdatasync for all that comes together.
/// </summary>
/// <remarks>
/// It answers Akka.Persistence's protocol itself, on its own thread. AsyncWriteJournal would go through tasks and a circuit
/// breaker. So a disk that hangs holds a write up for as long as it hangs; the node has <c>raft.journal.stall-timeout</c> for
/// that. A journal that cannot be opened is tried again at each request.
/// </remarks>
internal sealed class SegmentJournal : WriteJournalBase, IWithTimers
{
    private static readonly TimeSpan MarkInterval = TimeSpan.FromSeconds(1);

    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly EventCodec _codec = new((ExtendedActorSystem)Context.System);
    private readonly string _directory;
    private readonly string _persistenceId;
    private readonly long _segmentSize;
    private SegmentedLog? _log;
    private ConfirmedMark? _mark;
    private bool _isMarkDue;

    /// <summary>Made by Akka.Persistence, with the plugin's section.</summary>
    public SegmentJournal(Config config)
    {
        _directory = config.GetString("directory");
        _persistenceId = config.GetString("persistence-id");
        _segmentSize = config.GetByteSize("segment-size") ?? throw new ConfigurationException("segment-size is missing");
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private SegmentedLog Log => _log ??= Open();

    private SegmentedLog Open()
    {
        var log = SegmentedLog.Open(_directory, _persistenceId, _segmentSize, ConfirmedMark.Read(_directory, _persistenceId));
        try
        {
            _mark = ConfirmedMark.Begin(_directory, _persistenceId, log.LastSequenceNr);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        if (_log is { } log)
        {
            Mark(mark => mark.Seal(log.LastSequenceNr));
            _mark?.Dispose();
            log.Dispose();
        }

        base.PostStop();
    }

    /// <inheritdoc />
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case WriteMessages write:
                Write(write);
                return true;
            case ReplayMessages replay:
                Replay(replay);
                return true;
            case DeleteMessagesTo delete:
                Delete(delete);
                return true;
            case MarkIsDue:
                _isMarkDue = false;
                Mark(mark => mark.Note(Log.LastSequenceNr));
                return true;
            default:
                return false;
        }
    }

    private void Write(WriteMessages write)
    {
        var persistents = PreparePersistentBatch(write.Messages)
            .SelectMany(static atomic => (IImmutableList<IPersistentRepresentation>)atomic.Payload)
            .ToArray();
        EventBody[] bodies;
        try
        {
            bodies = Array.ConvertAll(persistents, _codec.Encode);
        }
        catch (Exception unfit)
        {
            // Nothing was written: an event that cannot be serialized is rejected, and those that came with it.
            Answer(
                write,
                persistent => new WriteMessageRejected(persistent, unfit, write.ActorInstanceId),
                WriteMessagesSuccessful.Instance);
            return;
        }

        try
        {
            if (persistents.Length > 0)
            {
                CheckPersistenceId(persistents[0].PersistenceId);
                Log.Append(persistents[0].SequenceNr, bodies);
            }
        }
        catch (Exception failed)
        {
            Answer(
                write,
                persistent => new WriteMessageFailure(persistent, failed, write.ActorInstanceId),
                new WriteMessagesFailed(failed, persistents.Length));
            return;
        }

        Answer(write, persistent => new WriteMessageSuccess(persistent, write.ActorInstanceId), WriteMessagesSuccessful.Instance);
        if (!_isMarkDue)
        {
            _isMarkDue = true;
            Timers.StartSingleTimer(MarkIsDue.Instance, MarkIsDue.Instance, MarkInterval);
        }
    }

    /// <summary>What is confirmed is confirmed, whether that can be noted or not: then less is noticed later.</summary>
    private void Mark(Action<ConfirmedMark> write)
    {
        try
        {
            if (_mark is { } mark)
            {
                write(mark);
            }
        }
        catch (IOException failed)
        {
            _logger.Warning("{0} could not note how far its journal is confirmed: {1}", _persistenceId, failed.Message);
        }
    }

    private void Answer(WriteMessages write, Func<IPersistentRepresentation, object> answer, object summary)
    {
        write.PersistentActor.Tell(summary, Self);
        foreach (var envelope in write.Messages)
        {
            if (envelope is not AtomicWrite atomic)
            {
                write.PersistentActor.Tell(new LoopMessageSuccess(envelope.Payload, write.ActorInstanceId), envelope.Sender);
                continue;
            }

            foreach (var persistent in (IImmutableList<IPersistentRepresentation>)atomic.Payload)
            {
                write.PersistentActor.Tell(answer(persistent), persistent.Sender);
            }
        }
    }

    private void Replay(ReplayMessages replay)
    {
        try
        {
            CheckPersistenceId(replay.PersistenceId);
            var left = replay.Max;
            foreach (var (sequenceNr, body) in Log.Read(replay.FromSequenceNr, replay.ToSequenceNr))
            {
                if (left-- <= 0)
                {
                    break;
                }

                foreach (var adapted in AdaptFromJournal(_codec.Decode(_persistenceId, sequenceNr, body)))
                {
                    replay.PersistentActor.Tell(new ReplayedMessage(adapted), ActorRefs.NoSender);
                }
            }

            replay.PersistentActor.Tell(new RecoverySuccess(Log.LastSequenceNr), ActorRefs.NoSender);
        }
        catch (Exception failed)
        {
            replay.PersistentActor.Tell(new ReplayMessagesFailure(failed), ActorRefs.NoSender);
        }
    }

    private void Delete(DeleteMessagesTo delete)
    {
        object answer;
        try
        {
            CheckPersistenceId(delete.PersistenceId);
            Log.DeleteTo(delete.ToSequenceNr);
            answer = new DeleteMessagesSuccess(Math.Min(delete.ToSequenceNr, Log.LastSequenceNr));
        }
        catch (Exception failed)
        {
            _logger.Warning(failed, "{0} could not delete the events up to {1}", _persistenceId, delete.ToSequenceNr);
            answer = new DeleteMessagesFailure(failed, delete.ToSequenceNr);
        }

        delete.PersistentActor.Tell(answer, ActorRefs.NoSender);
    }

    private void CheckPersistenceId(string persistenceId)
    {
        if (persistenceId != _persistenceId)
        {
            throw new InvalidOperationException(
                $"this journal is {_persistenceId}'s; {persistenceId} needs a journal of its own (raft.journal.plugin)");
        }
    }

    private sealed record MarkIsDue
    {
        public static readonly MarkIsDue Instance = new();
    }
}
