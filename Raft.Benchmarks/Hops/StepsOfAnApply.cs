using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Node.Leading;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Benchmarks.Micro;

namespace Raft.Benchmarks.Hops;

/// <summary>What a step takes.</summary>
internal sealed record Step(string Name, double Microseconds, double Allocated);

/// <summary>The steps of an Apply, each by itself and in the order in which they come.</summary>
internal static class StepsOfAnApply
{
    private const int Batch = 64;

    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(400);

    public static async Task<IReadOnlyList<Step>> MeasureAsync(int bytes)
    {
        using var system = ActorSystem.Create(
            "hops",
            ConfigurationFactory.ParseString("akka.loggers = []\nakka.stdout-loglevel = OFF")
                .WithFallback(ConfigurationFactory.FromResource("Raft.Actors.reference.conf", typeof(RaftNode).Assembly)));
        var steps = new List<Step>
        {
            await HopAsync(system, "mailbox: client to node, node to replicator (one hop)", ""),
            Measure($"command: encode", Encode(bytes)),
            Measure($"intake: room, accept, commit, let go", Intake(system, bytes)),
            Measure($"log: append one entry and show it", LogAppend(bytes)),
            Measure($"log: slice of {Batch} entries for a replicator", Slice(bytes)),
            Measure($"journal queue: gather one entry, begin, complete", Queue(bytes)),
            Measure(
                $"serializer: journal event of one entry, write",
                Write(Serializer(system), new EntriesAppended(SampleEntries.Of(1, bytes)))),
            Measure(
                $"serializer: journal event of {Batch} entries, write",
                Write(Serializer(system), new EntriesAppended(SampleEntries.Of(Batch, bytes)))),
            Measure(
                $"serializer: AppendEntries of one entry, write",
                Write(Serializer(system), SampleEntries.Append(SampleEntries.Of(1, bytes)))),
            Measure(
                $"serializer: AppendEntries of one entry, read",
                Read(Serializer(system), SampleEntries.Append(SampleEntries.Of(1, bytes)))),
            Measure(
                $"serializer: AppendEntries of {Batch} entries, write",
                Write(Serializer(system), SampleEntries.Append(SampleEntries.Of(Batch, bytes)))),
            Measure(
                $"serializer: AppendEntries of {Batch} entries, read",
                Read(Serializer(system), SampleEntries.Append(SampleEntries.Of(Batch, bytes)))),
            Measure($"quorum: count an answer", Quorum()),
            await HopAsync(
                system, "mailbox: node to state machine, on a thread of its own, or back", "raft.state-machine-dispatcher"),
        };
        await system.Terminate();
        return steps;
    }

    private static Step Measure(string name, Action once)
    {
        // The second measurement counts: code that has been run this often is compiled as well as it will be.
        _ = Run(once);
        var (count, elapsed, allocated) = Run(once);
        return new Step(name, elapsed.TotalMicroseconds / count, (double)allocated / count);
    }

    private static (long Count, TimeSpan Elapsed, long Allocated) Run(Action once)
    {
        const int Stride = 100;
        var count = 0L;
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Enough)
        {
            for (var i = 0; i < Stride; i++)
            {
                once();
            }

            count += Stride;
        }

        return (count, clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
    }

    /// <summary>Half of the way there and back between an actor on the default dispatcher and one on another.</summary>
    private static async Task<Step> HopAsync(ActorSystem system, string name, string dispatcher)
    {
        const int Turns = 20_000;
        var props = Props.Create(static () => new Echo());
        var echo = system.ActorOf(dispatcher.Length > 0 ? props.WithDispatcher(dispatcher) : props);
        await PingAsync(system, echo, Turns);
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        var clock = Stopwatch.StartNew();
        await PingAsync(system, echo, Turns);
        var elapsed = clock.Elapsed;
        var hops = 2.0 * Turns;
        return new Step(
            name, elapsed.TotalMicroseconds / hops, (GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore) / hops);
    }

    private static Task PingAsync(ActorSystem system, IActorRef echo, int turns)
    {
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Pinger(echo, turns, finished)));
        return finished.Task;
    }

    private static Action Encode(int bytes)
    {
        var codec = new PayloadCodec([]);
        var command = new byte[bytes];
        return () => codec.Encode(command);
    }

    private static Action Intake(ActorSystem system, int bytes)
    {
        var proposals = new ProposalQueue(new IntakeSettings());
        var client = system.ActorOf(Props.Create(static () => new Echo()));
        var data = SampleEntries.Payload(bytes);
        var index = 0L;
        return () =>
        {
            var proposal = new Proposal(EntryKind.Command, data, default, client);
            if (proposals.HasRoomFor(proposal))
            {
                proposals.Accept(++index, proposal);
                proposals.Commit(index);
                proposals.Applied(index);
            }
        };
    }

    private static Action LogAppend(int bytes)
    {
        const int Kept = 10_000;
        var log = new RaftLog();
        var data = SampleEntries.Payload(bytes);
        return () =>
        {
            log.Append(SampleEntries.Entry(log.LastIndex + 1, data));
            _ = log.View;
            if (log.LastIndex - log.BaseIndex > 2 * Kept)
            {
                log.CompactTo(log.LastIndex - Kept);
            }
        };
    }

    private static Action Slice(int bytes)
    {
        var log = new RaftLog();
        log.Append(SampleEntries.Of(4 * Batch, bytes));
        var view = log.View;
        return () => view.Slice(Batch, Batch, 1024 * 1024);
    }

    private static Action Queue(int bytes)
    {
        var settings = new JournalSettings();
        var queue = new JournalQueue(settings.MaxEntriesPerEvent, settings.MaxBytesPerEvent);
        var entry = SampleEntries.Of(1, bytes)[0];
        return () =>
        {
            queue.Add(entry);
            queue.TryBegin(TimeSpan.Zero, out _);
            queue.Complete();
        };
    }

    private static Action Quorum()
    {
        ServerId[] servers = [new("n1"), new("n2"), new("n3")];
        var commitment = new Commitment([.. servers], 1, 0);
        var index = 0L;
        return () => commitment.Match(servers[index % servers.Length], ++index);
    }

    private static RaftMessageSerializer Serializer(ActorSystem system) => new((ExtendedActorSystem)system);

    private static Action Write(RaftMessageSerializer serializer, object message) => () => serializer.ToBinary(message);

    private static Action Read(RaftMessageSerializer serializer, object message)
    {
        var (bytes, manifest) = (serializer.ToBinary(message), serializer.Manifest(message));
        return () => serializer.FromBinary(bytes, manifest);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class Pinger(IActorRef echo, int turns, TaskCompletionSource finished) : UntypedActor
    {
        private int _left = turns;

        protected override void PreStart() => echo.Tell(this);

        protected override void OnReceive(object message)
        {
            if (--_left > 0)
            {
                echo.Tell(this);
                return;
            }

            finished.SetResult();
            Context.Stop(Self);
        }
    }
}
