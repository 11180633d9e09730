using Akka.Actor;
using Akka.Event;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>
/// Tells one follower that the leader lives, and tells the leader that the follower lives. A child of the leader's node, for
/// one term, with a timer of its own: its messages never wait for entries or for the leader's disk.
/// </summary>
internal sealed class HeartbeatActor(FollowerLink link, TimeSpan interval, TimeSpan silence) : UntypedActor, IWithTimers
{
    // Answers to what was sent longer ago than this many heartbeats say nothing that the later ones do not.
    private const int Remembered = 64;

    private readonly (long Sequence, long Round, TimeSpan SentAt)[] _sent = new (long, long, TimeSpan)[Remembered];
    private readonly RefusedAnswers _refused = new();
    private long _sequence;
    private long _round;
    private long _announcedIn;
    private Abilities? _abilities;
    private string? _notServing;
    private StateReport? _state;
    private TimeSpan _lastAnswer;

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
        link.Peer.Tell(new Heartbeat(link.Header, _sequence) { KnownAbilities = _abilities?.Digest ?? 0 }, Self);
    }

    private void OnResponse(HeartbeatResponse response)
    {
        if (response.Sequence <= 0 || response.Sequence > _sequence)
        {
            _refused.Say(
                Context.GetLogger(), response, $"it answers heartbeat {response.Sequence}, and {_sequence} were sent", Now);
            return;
        }

        var sent = _sent[response.Sequence % Remembered];
        if (sent.Sequence != response.Sequence || response.Header.Term < link.Term)
        {
            return;
        }

        if (response.Header.Term > link.Term)
        {
            Context.Parent.Tell(new LaterTermSeen(link.Follower, response.Header.Term));
            return;
        }

        var now = Now;
        if (now - _lastAnswer > silence)
        {
            Context.Parent.Tell(new FollowerReturned(link.Follower, link.Term, now - _lastAnswer));
        }

        _lastAnswer = now;
        Note(response);
        Context.Parent.Tell(new HeartbeatAcknowledged(
            response.Header, link.Term, sent.Round, sent.SentAt, _abilities, _notServing, _state));
    }

    /// <summary>
    /// The latest answer says what the follower reads now: it may have restarted with another version, an older one too.
    /// </summary>
    private void Note(HeartbeatResponse response)
    {
        if (response.Sequence <= _announcedIn)
        {
            return;
        }

        _announcedIn = response.Sequence;
        _notServing = response.NotServing;
        _state = response.State;
        if (response.Abilities is { } announced)
        {
            _abilities = announced;
        }
        else if (response.AbilitiesDigest != _abilities?.Digest)
        {
            _abilities = null;
        }
    }

    private enum Tick
    {
        Interval,
    }
}
