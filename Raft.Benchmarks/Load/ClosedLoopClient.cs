using System.Diagnostics;
using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Benchmarks.Load;

/// <summary>Sends a command, waits for its answer, and sends the next, until a time.</summary>
internal sealed class ClosedLoopClient : UntypedActor
{
    private readonly IActorRef _raft;
    private readonly IRaftRequest _request;
    private readonly long _measureFrom;
    private readonly long _end;
    private readonly TaskCompletionSource<ClientResult> _finished;
    private readonly List<double> _latencies = [];
    private long _failures;
    private long _sentAt;

    public ClosedLoopClient(IActorRef raft, int bytes, long measureFrom, long end, TaskCompletionSource<ClientResult> finished)
    {
        _raft = raft;
        _request = bytes > 0 ? new Apply(new byte[bytes]) : new Read(ReadOnlyMemory<byte>.Empty);
        _measureFrom = measureFrom;
        _end = end;
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

        if (now >= _end)
        {
            _finished.SetResult(new ClientResult(_latencies, _failures));
            Context.Stop(Self);
            return;
        }

        Send();
    }

    private void Send()
    {
        _sentAt = Stopwatch.GetTimestamp();
        _raft.Tell(_request, Self);
    }
}

/// <summary>What one client measured.</summary>
internal sealed record ClientResult(List<double> Latencies, long Failures);
