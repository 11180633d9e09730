using System.Diagnostics;
using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Benchmarks.Load;

/// <summary>Sends a command, waits for its answer, and sends the next, until a task has ended.</summary>
internal sealed class ClosedLoopClient : UntypedActor
{
    private readonly IActorRef _raft;
    private readonly Func<IRaftRequest> _next;
    private readonly long _measureFrom;
    private readonly Task _until;
    private readonly TaskCompletionSource<ClientResult> _finished;
    private readonly List<double> _latencies = [];
    private long _failures;
    private long _sentAt;

    public ClosedLoopClient(IActorRef raft, Func<IRaftRequest> next, long measureFrom, Task until, TaskCompletionSource<ClientResult> finished)
    {
        _raft = raft;
        _next = next;
        _measureFrom = measureFrom;
        _until = until;
        _finished = finished;
    }

    protected override void PreStart() => Send();

    protected override void OnReceive(object message)
    {
        var now = Stopwatch.GetTimestamp();
        if (message is not (Applied or ReadResult))
        {
            _failures++;
        }
        else if (_sentAt >= _measureFrom)
        {
            _latencies.Add(Stopwatch.GetElapsedTime(_sentAt, now).TotalMilliseconds);
        }

        if (_until.IsCompleted)
        {
            _finished.SetResult(new ClientResult(_latencies, _failures));
            Context.Stop(Self);
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
}

/// <summary>What one client measured.</summary>
internal sealed record ClientResult(List<double> Latencies, long Failures);
