using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Watching;

/// <summary>
/// Answers <see cref="ReadChanges"/> of an index from a server's feed, at <c>/user/raft-{group}/changes</c>. It keeps only the
/// questions that wait for a change, each for a bounded time. It watches no remote actor, and a watcher that has gone is
/// forgotten by itself.
/// </summary>
internal sealed class ChangesActor(ChangeFeed feed, WatchSettings settings) : UntypedActor, IWithTimers
{
    /// <summary>Its name below the supervisor.</summary>
    public const string Name = "changes";

    // As large as other messages that must not hold up the connection; and far below Akka.Remote's maximum-frame-size.
    private const int MaxBytesPerAnswer = 64 * 1024;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly LinkedList<Waiting> _waiting = new();
    private readonly List<KeyChange> _taken = [];
    private bool _isArmed;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The props of one.</summary>
    public static Props Props(ChangeFeed feed, WatchSettings settings) =>
        Akka.Actor.Props.Create(() => new ChangesActor(feed, settings));

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadChanges { From: <= 0 } read:
                Sender.Tell(new InvalidRequest($"{read.From} is no log index"), Self);
                break;
            case ReadChanges read:
                OnRead(read);
                break;
            case MoreChanges:
                OnMore();
                break;
            case Patience over:
                over.Place.List?.Remove(over.Place);
                over.Place.Value.Client.Tell(new ChangesRead(over.Place.Value.From, []), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>The waiting clients ask another server.</summary>
    protected override void PostStop()
    {
        foreach (var waiting in _waiting)
        {
            waiting.Client.Tell(new ShuttingDown(Outcome.NotDone), Self);
        }
    }

    private void OnRead(ReadChanges read)
    {
        var waiting = new Waiting(Sender, read.Prefix) { From = read.From };
        if (TryAnswer(waiting, out var more))
        {
            return;
        }

        if (read.Wait <= TimeSpan.Zero)
        {
            Sender.Tell(new ChangesRead(waiting.From, []), Self);
        }
        else if (_waiting.Count >= settings.MaxWaiting)
        {
            Sender.Tell(new Overloaded(_waiting.Count, RetryAfter), Self);
        }
        else
        {
            var place = _waiting.AddLast(waiting);
            var wait = read.Wait < ReadChanges.MaxWait ? read.Wait : ReadChanges.MaxWait;
            Timers.StartSingleTimer(waiting, new Patience(place), wait);
            Arm(more);
        }
    }

    private void OnMore()
    {
        _isArmed = false;
        for (var place = _waiting.First; place is not null;)
        {
            var next = place.Next;
            if (TryAnswer(place.Value, out var more))
            {
                Timers.Cancel(place.Value);
                _waiting.Remove(place);
            }
            else
            {
                // The first that is seen is the one that completes first.
                Arm(more);
            }

            place = next;
        }
    }

    private bool TryAnswer(Waiting waiting, out Task more)
    {
        _taken.Clear();
        do
        {
            var state = feed.Take(waiting.From, waiting.Prefix.Span, MaxBytesPerAnswer, _taken, out more, out var next);
            if (state == FeedState.Forgotten)
            {
                waiting.Client.Tell(new ChangesForgotten(feed.Forgotten), Self);
                return true;
            }

            waiting.From = next;
        }
        while (_taken.Count == 0 && more.IsCompleted);

        if (_taken.Count > 0)
        {
            waiting.Client.Tell(new ChangesRead(waiting.From, [.. _taken]), Self);
        }

        return _taken.Count > 0;
    }

    /// <summary>Has this actor told, once, when the feed has more.</summary>
    private void Arm(Task more)
    {
        if (!_isArmed)
        {
            _isArmed = true;
            more.ContinueWith(static (_, self) => ((IActorRef)self!).Tell(MoreChanges.Instance), Self, TaskScheduler.Default);
        }
    }

    private sealed class Waiting(IActorRef client, ReadOnlyMemory<byte> prefix)
    {
        public IActorRef Client => client;

        public ReadOnlyMemory<byte> Prefix => prefix;

        public long From { get; set; }
    }

    private sealed record MoreChanges
    {
        public static readonly MoreChanges Instance = new();
    }

    private sealed record Patience(LinkedListNode<Waiting> Place);
}
