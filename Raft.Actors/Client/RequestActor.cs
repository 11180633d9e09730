using Akka.Actor;
using Raft.Actors.Dispatch;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Client;

/// <summary>
/// One request under way. The servers answer this actor. It tries again if that is safe, and gives the one answer when it has
/// it or the time is over.
/// </summary>
internal sealed class RequestActor(
    IActorRef client, IRaftRequest request, bool inSession, TimeSpan timeout, RaftClientSettings settings, Random random)
    : UntypedActor, IWithTimers
{
    private readonly bool _isRepeatable = RetryRule.IsRepeatable(request, inSession);
    private string _address = string.Empty;
    private RaftFailure? _lastFailure;
    private int _sent;
    private int _unanswered;
    private int _failures;
    private bool _isOpen;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartSingleTimer(Tick.Deadline, Tick.Deadline, timeout);
        Context.Parent.Tell(SendAttempt.Instance);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AttemptSent sent:
                _address = sent.Address;
                _sent++;
                _unanswered++;
                Timers.StartSingleTimer(Tick.Silence, Tick.Silence, settings.AttemptTimeout);
                break;
            case SessionGone gone:
                Finish(new SessionExpired(gone.SessionId));
                break;
            case Tick.Silence:
                OnSilence();
                break;
            case Tick.Retry:
                Context.Parent.Tell(SendAttempt.Instance);
                break;
            case Tick.Deadline:
                OnDeadline();
                break;
            case RaftFailure failure:
                OnFailure(failure);
                break;
            case MalformedMessage:
                // Anybody can send it. The real answer may yet come.
                Unhandled(message);
                break;
            default:
                Finish(message);
                break;
        }
    }

    private void OnDeadline()
    {
        var isOpen = (_isOpen || _unanswered > 0) && !RetryRule.ChangesNothing(request);
        var reason = _lastFailure?.Message ?? (_sent > 0 ? "no server answered" : "there was no session to send it in");
        Finish(new DeadlinePassed(isOpen ? Outcome.Unknown : Outcome.NotDone, _sent, reason));
    }

    /// <summary>No answer: the server may be cut off. What may not be sent twice goes on waiting for its answer.</summary>
    private void OnSilence()
    {
        Context.Parent.Tell(new AttemptFailed(_address, null));
        if (_isRepeatable)
        {
            RetryAfter(TimeSpan.Zero);
        }
    }

    private void OnFailure(RaftFailure failure)
    {
        _unanswered--;
        _lastFailure = failure;
        Timers.Cancel(Tick.Silence);
        Context.Parent.Tell(new AttemptFailed(_address, failure));
        if (failure is SessionExpired expired && _sent == 1)
        {
            // The only copy there ever was, and it was not applied.
            (_sent, _unanswered) = (0, 0);
            Context.Parent.Tell(new BeginAnew(expired.SessionId));
            return;
        }

        if (!RetryRule.IsWorthARetry(failure, _isRepeatable))
        {
            Finish(failure);
            return;
        }

        _isOpen |= failure.Outcome == Outcome.Unknown;
        _failures++;
        RetryAfter(failure switch
        {
            NotLeader { LeaderAddress: not null } when _failures % 3 == 1 => TimeSpan.Zero,
            Overloaded overloaded => overloaded.RetryAfter * (1 + random.NextDouble()),
            _ => Backoff.Exponential(settings.MinBackoff, settings.MaxBackoff, Math.Max(1, _failures), random),
        });
    }

    private void RetryAfter(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero)
        {
            Timers.StartSingleTimer(Tick.Retry, Tick.Retry, pause);
        }
        else
        {
            Context.Parent.Tell(SendAttempt.Instance);
        }
    }

    private void Finish(object answer)
    {
        Context.Parent.Tell(new RequestFinished(client, answer));
        Context.Stop(Self);
    }

    private enum Tick
    {
        Deadline,
        Silence,
        Retry,
    }
}
