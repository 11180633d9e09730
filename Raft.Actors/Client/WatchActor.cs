using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>
/// Watches for one subscriber: asks the servers, through the client's actor (its parent), for what comes next, and hands it on
/// at the pace of the subscriber. If a server is gone, it asks another one from where it was. It holds what the subscriber has
/// not taken yet (one message) and the next message, and nothing else.
/// </summary>
internal sealed class WatchActor(Watch watch, RaftClientSettings settings)
    : UntypedActor, IWithTimers
{
    private long _next = watch.From;
    private long _told = watch.From;
    private bool _isUnanswered;
    private ChangesRead? _held;
    private int _forgotten;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        Context.Watch(watch.Subscriber);
        watch.Subscriber.Tell(new WatchStarted(), Self);
        AskNext();
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ChangesRead read:
                OnRead(read);
                break;
            case ContinueWatch:
                OnContinue();
                break;
            case ChangesForgotten forgotten when ++_forgotten >= RetryRule.ServersToAskForChanges:
                End(new WatchEnded(_next, WatchEnd.Forgotten, forgotten.Message) { Forgotten = forgotten.Forgotten });
                break;
            case InvalidRequest refused:
                End(new WatchEnded(_next, WatchEnd.Refused, refused.Reason));
                break;
            case RaftFailure failure:
                var pause = failure is ChangesForgotten ? settings.MinBackoff : settings.MaxBackoff;
                Timers.StartSingleTimer(Tick.Ask, Tick.Ask, pause);
                break;
            case Tick.Ask:
                AskNext();
                break;
            case Tick.Patience:
                var silence = $"the subscriber has not answered for {settings.WatchPatience.TotalSeconds:0.#} s";
                End(new WatchEnded(_told, WatchEnd.TooSlow, silence));
                break;
            case StopWatching or Terminated:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A question is answered before the client takes its server for silent, and asks another one.
    private void AskNext() => Context.Parent.Tell(
        new ClientRequest(new ReadChanges(_next, watch.Prefix) { Wait = settings.AttemptTimeout / 2 }), Self);

    private void OnRead(ChangesRead read)
    {
        _forgotten = 0;
        _next = read.Next;
        if (read.Changes.IsEmpty)
        {
            AskNext();
        }
        else if (_isUnanswered)
        {
            _held = read;
        }
        else
        {
            Hand(read);
        }
    }

    private void OnContinue()
    {
        if (!_isUnanswered)
        {
            return;
        }

        _isUnanswered = false;
        Timers.Cancel(Tick.Patience);
        if (_held is { } held)
        {
            _held = null;
            Hand(held);
        }
    }

    private void Hand(ChangesRead read)
    {
        _told = read.Next;
        _isUnanswered = true;
        Timers.StartSingleTimer(Tick.Patience, Tick.Patience, settings.WatchPatience);
        watch.Subscriber.Tell(new KeysChanged(read.Changes, read.Next), Self);
        AskNext();
    }

    private void End(WatchEnded end)
    {
        if (_held is { } held && end.End != WatchEnd.TooSlow)
        {
            // What is known is told first; the subscriber has room for it, as it has for the last word.
            watch.Subscriber.Tell(new KeysChanged(held.Changes, held.Next), Self);
        }

        watch.Subscriber.Tell(end, Self);
        Context.Stop(Self);
    }

    private enum Tick
    {
        Ask,
        Patience,
    }
}
