using System.Diagnostics;
using Akka.Actor;
using Raft.Benchmarks.Load;

namespace Raft.Benchmarks.Floor;

/// <summary>
/// What one round trip through Akka.Remote takes, of bytes that nobody looks at: no answer of a follower can be there sooner.
/// </summary>
internal static class RoundTrip
{
    private const string EchoName = "echo";

    public static void StartEcho(ActorSystem system) => system.ActorOf(Props.Create(static () => new Echo()), EchoName);

    /// <summary>One message at a time to the echo of another system.</summary>
    public static Task<WorkloadResult> MeasureAsync(ActorSystem system, string address, int bytes, int seconds)
    {
        var finished = new TaskCompletionSource<WorkloadResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(
            () => new Pinger(system.ActorSelection($"{address}/user/{EchoName}"), new byte[bytes], seconds, finished)));
        return finished.Task;
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class Pinger : UntypedActor
    {
        private readonly ActorSelection _echo;
        private readonly byte[] _bytes;
        private readonly TaskCompletionSource<WorkloadResult> _finished;
        private readonly List<double> _latencies = [];
        private readonly long _startedAt = Stopwatch.GetTimestamp();
        private readonly long _end;
        private IActorRef? _peer;
        private long _sentAt;

        public Pinger(ActorSelection echo, byte[] bytes, int seconds, TaskCompletionSource<WorkloadResult> finished)
        {
            _echo = echo;
            _bytes = bytes;
            _finished = finished;
            _end = _startedAt + (seconds * Stopwatch.Frequency);
        }

        protected override void PreStart() => _echo.Tell(_bytes);

        protected override void OnReceive(object message)
        {
            var now = Stopwatch.GetTimestamp();
            if (_peer is not null)
            {
                _latencies.Add(Stopwatch.GetElapsedTime(_sentAt, now).TotalMilliseconds);
            }

            _peer ??= Sender;
            if (now >= _end)
            {
                _finished.SetResult(WorkloadResult.Of(_latencies, 0, Stopwatch.GetElapsedTime(_startedAt, now).TotalSeconds));
                Context.Stop(Self);
                return;
            }

            _sentAt = Stopwatch.GetTimestamp();
            _peer.Tell(_bytes);
        }
    }
}
