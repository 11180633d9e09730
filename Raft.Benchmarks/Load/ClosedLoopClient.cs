using System.Diagnostics;
using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Benchmarks.Load;

/// <summary>Sends a command, waits for its answer, and sends the next, until a task has ended.</summary>
internal sealed class ClosedLoopClient : UntypedActor, IWithTimers
{
    /// <summary>After a failure: without a leader the failures alone would keep the processor busy.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IActorRef _raft;
    private readonly Func<IRaftRequest> _next;
    private readonly long _measureFrom;
    private readonly Task _until;
    private readonly TaskCompletionSource<ClientResult> _finished;
    private readonly List<double> _latencies = [];
    private long _failures;
    private long _sentAt;

    public ClosedLoopClient(
        IActorRef raft, Func<IRaftRequest> next, long measureFrom, Task until, TaskCompletionSource<ClientResult> finished)
    {
        _raft = raft;
        _next = next;
        _measureFrom = measureFrom;
        _until = until;
        _finished = finished;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Send();

    protected override void OnReceive(object message)
    {
        var now = Stopwatch.GetTimestamp();
        var isFailed = message is not (Applied or ReadResult or Tick.PauseEnds);
        if (isFailed)
        {
            _failures++;
        }
        else if (message is not Tick.PauseEnds && _sentAt >= _measureFrom)
        {
            _latencies.Add(Stopwatch.GetElapsedTime(_sentAt, now).TotalMilliseconds);
        }

        if (_until.IsCompleted)
        {
            _finished.SetResult(new ClientResult(_latencies, _failures));
            Context.Stop(Self);
            return;
        }

        if (isFailed)
        {
            Timers.StartSingleTimer(Tick.PauseEnds, Tick.PauseEnds, Pause);
            return;
        }

        Send();
    }

    private void Send()
    {
        var request = _next();
        _sentAt = Stopwatch.GetTimestamp();
        _raft.Tell(request, Self);
    }

    private enum Tick
    {
        PauseEnds,
    }
}

/// <summary>What one client measured.</summary>
internal sealed record ClientResult(List<double> Latencies, long Failures);
