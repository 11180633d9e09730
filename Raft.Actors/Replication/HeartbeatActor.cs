using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>
/// Tells one follower that the leader lives, and the leader that the follower does. A child of the leader's node, for one
/// term, with a timer of its own: its messages never wait for entries or for the leader's disk.
/// </summary>
internal sealed class HeartbeatActor(FollowerLink link, TimeSpan interval, TimeSpan silence) : UntypedActor, IWithTimers
{
    // Answers to what was sent longer ago than this many heartbeats say nothing that the later ones do not.
    private const int Remembered = 64;

    private readonly (long Sequence, long Round, TimeSpan SentAt)[] _sent = new (long, long, TimeSpan)[Remembered];
    private long _sequence;
    private long _round;
    private TimeSpan _lastAnswer;
    private (ulong Digest, ServerAbilities? Abilities) _known;

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        _lastAnswer = Now;
        Timers.StartPeriodicTimer(Tick.Interval, Tick.Interval, interval);
        Send();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick.Interval:
                Send();
                break;
            case BeginRound begin:
                _round = Math.Max(_round, begin.Round);
                Send();
                break;
            case HeartbeatPace pace:
                (interval, silence) = (pace.Interval, pace.Silence);
                Timers.StartPeriodicTimer(Tick.Interval, Tick.Interval, interval);
                Send();
                break;
            case HeartbeatResponse response when link.IsAnswer(response.Header):
                OnResponse(response);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Send()
    {
        _sequence++;
        _sent[_sequence % Remembered] = (_sequence, _round, Now);
        link.Peer.Tell(new Heartbeat(link.Header, _sequence) { KnownAbilities = _known.Digest }, Self);
    }

    private void OnResponse(HeartbeatResponse response)
    {
        if (response.Header.Term > link.Term)
        {
            Context.Parent.Tell(new LaterTermSeen(link.Follower, response.Header.Term));
            return;
        }

        if (response.Sequence <= 0 || response.Header.Term < link.Term)
        {
            return;
        }

        var sent = _sent[response.Sequence % Remembered];
        if (sent.Sequence != response.Sequence)
        {
            return;
        }

        var now = Now;
        if (now - _lastAnswer > silence)
        {
            Context.Parent.Tell(new FollowerReturned(link.Follower, link.Term, now - _lastAnswer));
        }

        _lastAnswer = now;
        Context.Parent.Tell(new HeartbeatAcknowledged(link.Follower, link.Term, sent.Round, sent.SentAt, Complete(response.Report)));
    }

    /// <summary>A report with the follower's abilities, from this answer or an earlier one.</summary>
    private ServerReport? Complete(ServerReport? report)
    {
        if (report is { Abilities: { } abilities })
        {
            _known = (report.Digest, abilities);
        }

        return report?.Digest == _known.Digest ? report! with { Abilities = _known.Abilities } : report;
    }

    private enum Tick
    {
        Interval,
    }
}
