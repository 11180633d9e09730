using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Raft.Simulation.World;

namespace Raft.Simulation.Journal;

/// <summary>
/// The journal plugin of a world. It answers Akka.Persistence's protocol itself: AsyncWriteJournal runs on tasks, real
/// timers and a circuit breaker by the real clock. That breaker is imitated: what takes 10 s is told as failed.
/// </summary>
internal sealed class SimulatedJournal : WriteJournalBase
{
    private readonly SimulatedWorld _world = Context.System.Settings.Setup.Get<WorldSetup>().Value.World;
    private readonly JournalDisks _disks = JournalDisks.Of(Context.System);

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
            default:
                return false;
        }
    }

    private void Write(WriteMessages write)
    {
        var life = _world.LifeOf(write.PersistentActor.Path);
        if (!life.IsAlive)
        {
            return;
        }

        var disk = _disks.Of(life);
        var writes = PreparePersistentBatch(write.Messages).ToArray();
        if (writes.Length == 0)
        {
            Answer(life, TimeSpan.Zero, write, static () => null, isRejected: false);
            return;
        }

        var fate = disk.DrawFate();
        if (fate == WriteFate.IsRejected)
        {
            Answer(
                life,
                disk.DrawDelay(),
                write,
                static () => new SimulatedFaultException("the disk rejects a write"),
                isRejected: true);
        }
        else if (fate == WriteFate.Fails)
        {
            Answer(life, disk.DrawDelay(), write, static () => new SimulatedFaultException("a write fails"), isRejected: false);
        }
        else
        {
            var events = writes.SelectMany(
                static atomic => (IImmutableList<IPersistentRepresentation>)atomic.Payload).ToImmutableArray();
            var made = disk.Write(life, events, fate);
            if (made.DurableIn > SimulatedDisk.BreakerTimeout)
            {
                Answer(
                    life,
                    SimulatedDisk.BreakerTimeout,
                    write,
                    static () => new SimulatedFaultException("a write takes too long"),
                    isRejected: false);
            }
            else
            {
                Answer(
                    life,
                    made.DurableIn + disk.DrawDelay(),
                    write,
                    () => made.IsRefused ? new SimulatedFaultException("the journal holds another event of this number")
                        : fate == WriteFate.Succeeds ? null
                        : new SimulatedFaultException("a write fails, says the disk"),
                    isRejected: false);
            }
        }
    }

    private void Answer(Life life, TimeSpan delay, WriteMessages write, Func<Exception?> outcome, bool isRejected)
    {
        var self = Self;
        var node = write.PersistentActor;
        var instance = write.ActorInstanceId;
        _world.Schedule(delay, life, () =>
        {
            var fault = outcome();
            node.Tell(
                fault is null || isRejected
                    ? WriteMessagesSuccessful.Instance
                    : new WriteMessagesFailed(fault, write.Messages.Count()),
                self);
            foreach (var envelope in write.Messages)
            {
                if (envelope is not AtomicWrite atomic)
                {
                    node.Tell(new LoopMessageSuccess(envelope.Payload, instance), envelope.Sender);
                    continue;
                }

                foreach (var persistent in (IImmutableList<IPersistentRepresentation>)atomic.Payload)
                {
                    object answer = fault is null ? new WriteMessageSuccess(persistent, instance)
                        : isRejected ? new WriteMessageRejected(persistent, fault, instance)
                        : new WriteMessageFailure(persistent, fault, instance);
                    node.Tell(answer, persistent.Sender);
                }
            }
        });
    }

    private void Delete(DeleteMessagesTo delete)
    {
        var life = _world.LifeOf(delete.PersistentActor.Path);
        if (!life.IsAlive)
        {
            return;
        }

        var disk = _disks.Of(life);
        var (node, self) = (delete.PersistentActor, Self);
        if (disk.DrawFate() == WriteFate.Succeeds)
        {
            var doneIn = disk.Delete(life, delete.ToSequenceNr) + disk.DrawDelay();
            _world.Schedule(doneIn, life, () => node.Tell(new DeleteMessagesSuccess(delete.ToSequenceNr), self));
        }
        else
        {
            var fault = new SimulatedFaultException("events cannot be deleted");
            _world.Schedule(disk.DrawDelay(), life, () => node.Tell(new DeleteMessagesFailure(fault, delete.ToSequenceNr), self));
        }
    }

    private void Replay(ReplayMessages replay)
    {
        var life = _world.LifeOf(replay.PersistentActor.Path);
        if (!life.IsAlive)
        {
            return;
        }

        var disk = _disks.Of(life);
        var node = replay.PersistentActor;
        _world.Schedule(disk.ReadableIn + disk.DrawDelay(), life, () =>
        {
            if (disk.IsFailing)
            {
                node.Tell(new ReplayMessagesFailure(new SimulatedFaultException("the disk cannot be read")));
                return;
            }

            disk.BeginReading();
            foreach (var persistent in disk.Read(replay.PersistenceId, replay.FromSequenceNr, replay.ToSequenceNr, replay.Max))
            {
                foreach (var adapted in AdaptFromJournal(persistent))
                {
                    node.Tell(new ReplayedMessage(adapted), ActorRefs.NoSender);
                }
            }

            node.Tell(new RecoverySuccess(disk.HighestSequenceNr), ActorRefs.NoSender);
        });
    }
}

/// <summary>A fault that the simulation made: every other exception in an actor is a bug.</summary>
internal sealed class SimulatedFaultException(string message) : Exception(message)
{
    /// <summary>
    /// Whether an exception is the doing of the simulation: a fault, or the end of Akka.Persistence's patience with a process
    /// that was frozen while it read its journal (seed 731015718). The supervisor starts that node anew.
    /// </summary>
    public static bool IsMade(Exception cause) =>
        cause.GetBaseException() is SimulatedFaultException or RecoveryTimedOutException;
}
