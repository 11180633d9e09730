using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Benchmarks.Flood;

/// <summary>What a flood did to the process that it hit; sizes in bytes, times in seconds.</summary>
internal sealed record FloodResult(
    double ToldIn,
    double AnsweredIn,
    long Applied,
    long Overloaded,
    long Others,
    long HeapBefore,
    long HeapPeak,
    long WorkingSetPeak,
    long HeapAfter)
{
    public string Encode() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ToldIn:R} {AnsweredIn:R} {Applied} {Overloaded} {Others} {HeapBefore} {HeapPeak} {WorkingSetPeak} {HeapAfter}");

    public static FloodResult Decode(string text)
    {
        var parts = text.Split(' ');
        long At(int place) => long.Parse(parts[place], CultureInfo.InvariantCulture);
        double Time(int place) => double.Parse(parts[place], CultureInfo.InvariantCulture);
        return new FloodResult(Time(0), Time(1), At(2), At(3), At(4), At(5), At(6), At(7), At(8));
    }
}

/// <summary>
/// Tells a group's actor commands as fast as it can, from a few threads that wait for nothing, and counts the answers.
/// </summary>
internal static class FloodLoad
{
    private const int Senders = 2;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<FloodResult> RunAsync(ActorSystem system, IActorRef raft, int commands, int bytes)
    {
        var heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        using var measured = new CancellationTokenSource();
        var peaks = SampleAsync(measured.Token);
        var clock = Stopwatch.StartNew();
        var each = commands / Senders;
        var counting = Enumerable.Range(0, Senders).Select(_ =>
        {
            var finished = new TaskCompletionSource<Counts>(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Sender: system.ActorOf(Props.Create(() => new AnswerCounter(each, finished))), Finished: finished.Task);
        }).ToArray();
        await Task.WhenAll(counting.Select(
            counter => Task.Factory.StartNew(() => Tell(raft, counter.Sender, each, bytes), TaskCreationOptions.LongRunning)));
        var toldIn = clock.Elapsed;
        var counts = await Task.WhenAll(counting.Select(static counter => counter.Finished)).WaitAsync(Patience);
        var answeredIn = clock.Elapsed;
        await measured.CancelAsync();
        var (heap, workingSet) = await peaks;
        return new FloodResult(
            toldIn.TotalSeconds, answeredIn.TotalSeconds, counts.Sum(static count => count.Applied),
            counts.Sum(static count => count.Overloaded), counts.Sum(static count => count.Others),
            heapBefore, heap, workingSet, GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>Each command has bytes of its own, as from a client that has much to say.</summary>
    private static void Tell(IActorRef raft, IActorRef sender, int commands, int bytes)
    {
        for (var number = 0; number < commands; number++)
        {
            raft.Tell(new Apply(new byte[bytes]), sender);
        }
    }

    private static async Task<(long Heap, long WorkingSet)> SampleAsync(CancellationToken until)
    {
        using var process = Process.GetCurrentProcess();
        var (heap, workingSet) = (0L, 0L);
        while (!until.IsCancellationRequested)
        {
            process.Refresh();
            heap = Math.Max(heap, GC.GetTotalMemory(forceFullCollection: false));
            workingSet = Math.Max(workingSet, process.WorkingSet64);
            await Task.Delay(SampleEvery, CancellationToken.None);
        }

        return (heap, workingSet);
    }

    private sealed record Counts(long Applied, long Overloaded, long Others);

    private sealed class AnswerCounter(int expected, TaskCompletionSource<Counts> finished) : UntypedActor
    {
        private long _applied;
        private long _overloaded;
        private long _others;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Applied:
                    _applied++;
                    break;
                case Overloaded:
                    _overloaded++;
                    break;
                default:
                    _others++;
                    break;
            }

            if (_applied + _overloaded + _others == expected)
            {
                finished.SetResult(new Counts(_applied, _overloaded, _others));
            }
        }
    }
}
