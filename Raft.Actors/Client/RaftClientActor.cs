using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>
/// Knows where a group's leader is, as far as its servers say, and sends it requests. Each request has a child that tries
/// again (<see cref="RequestActor"/>); here is decided whom it goes to, and in which session.
/// </summary>
public sealed class RaftClientActor : UntypedActor, IWithTimers
{
    private readonly RaftClientSettings _settings;
    private readonly Func<string, IActorRef> _resolve;
    private readonly Func<ImmutableArray<string>> _contacts;
    private readonly Random _random;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly Dictionary<IActorRef, Pending> _pending = [];
    private readonly List<IActorRef> _waitingForSession = [];
    private readonly ClientSessionState _session = new();
    private bool _isRegistering;
    private int _nextContact;
    private int _watches;
    private string? _leader;

    /// <summary>Makes a client.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="resolve">Finds the actor of the group at a server's address.</param>
    /// <param name="seed">Begins its randomness.</param>
    /// <param name="contacts">The servers that can be asked now; null: those of the settings. Requests wait while there are
    /// none.</param>
    public RaftClientActor(
        RaftClientSettings settings, Func<string, IActorRef> resolve, int seed, Func<ImmutableArray<string>>? contacts = null)
    {
        _settings = settings.Validate();
        _resolve = resolve;
        _random = new Random(seed);
        _contacts = contacts ?? (() => settings.Contacts);
        _nextContact = _random.Next(Math.Max(1, settings.Contacts.Length));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The props of a client of the group over Akka.Remote.</summary>
    public static Props Props(
        RaftClientSettings settings, Func<string, IActorRef> resolve, int seed, Func<ImmutableArray<string>>? contacts = null) =>
        Akka.Actor.Props.Create(() => new RaftClientActor(settings, resolve, seed, contacts));

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClientRequest request when _pending.Count >= _settings.MaxRequests:
                Sender.Tell(new Overloaded(_pending.Count, _settings.MinBackoff));
                break;
            case ClientRequest request:
                Start(request.Request, request.Timeout ?? _settings.Timeout, Sender);
                break;
            case Watch watch:
                OnWatch(watch);
                break;
            case SendAttempt when _pending.TryGetValue(Sender, out var pending):
                Send(Sender, pending);
                break;
            case BeginAnew anew when _pending.TryGetValue(Sender, out var pending):
                OnSessionExpired(anew.SessionId);
                pending.Session = null;
                Send(Sender, pending);
                break;
            case AttemptFailed failed:
                OnAttemptFailed(failed);
                break;
            case RequestFinished finished:
                OnFinished(finished);
                break;
            case SessionRegistered registered:
                OnRegistered(registered);
                break;
            case SessionExpired expired:
                OnSessionExpired(expired.SessionId);
                break;
            case RaftFailure when _isRegistering && Sender.IsNobody():
                OnNotRegistered();
                break;
            case Tick.Register:
                Register();
                break;
            case Tick.KeepAlive when _session.Id > 0:
                Start(new KeepSessionAlive(_session.Id, _session.LowestUnanswered), _settings.Timeout, Self);
                break;
            case Terminated:
                _watches--;
                break;
            case SessionKeptAlive or Tick or SendAttempt or BeginAnew or RaftFailure:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        if (_session.Id > 0 && _leader is not null)
        {
            _resolve(_leader).Tell(new CloseSession(_session.Id), ActorRefs.NoSender);
        }
    }

    private void OnWatch(Watch watch)
    {
        var settings = _settings;
        var reason = watch switch
        {
            { Subscriber: IActorRefScope { IsLocal: false } } => $"{watch.Subscriber.Path} is in another process",
            { From: < 0 } => $"{watch.From} is no log index",
            _ when _watches >= settings.MaxWatches =>
                $"there are {settings.MaxWatches} watches already ({nameof(settings.MaxWatches)})",
            _ => null,
        };
        if (reason is not null)
        {
            watch.Subscriber.Tell(new WatchEnded(watch.From, WatchEnd.Refused, reason), Self);
            return;
        }

        _watches++;
        Context.Watch(Context.ActorOf(Akka.Actor.Props.Create(() => new WatchActor(watch, settings))));
    }

    private void Start(IRaftRequest request, TimeSpan timeout, IActorRef client)
    {
        var needsSession = _settings.ExactlyOnce && request is Apply { Session: null };
        var seed = _random.Next();
        var settings = _settings;
        var child = Context.ActorOf(Akka.Actor.Props.Create(() =>
            new RequestActor(client, request, needsSession, timeout, settings, new Random(seed))));
        _pending.Add(child, new Pending(request, needsSession));
    }

    private void Send(IActorRef child, Pending pending)
    {
        var request = pending.Request;
        if (pending.NeedsSession)
        {
            if (pending.Session is { } old && old.SessionId != _session.Id)
            {
                child.Tell(new SessionGone(old.SessionId));
                return;
            }

            if (_session.Id == 0)
            {
                _waitingForSession.Add(child);
                Register();
                return;
            }

            pending.Session = pending.Session is { } known ? _session.Stamp(known) : _session.Next();
            request = (Apply)request with { Session = pending.Session };
        }

        var address = _leader is not null && !RetryRule.IsForAnyServer(request) ? _leader : NextContact();
        child.Tell(new AttemptSent(address ?? string.Empty));
        if (address is null)
        {
            child.Tell(new Unavailable("no server of the group is known just now"));
        }
        else
        {
            _resolve(address).Tell(request, child);
        }
    }

    private string? NextContact()
    {
        var contacts = _contacts();
        return contacts.IsEmpty ? null : contacts[_nextContact++ % contacts.Length];
    }

    /// <summary>Learns where the leader is, or that it no longer leads.</summary>
    private void OnAttemptFailed(AttemptFailed failed)
    {
        if (failed.Failure is NotLeader { LeaderAddress: { } leader })
        {
            _leader = leader;
        }
        else if (failed.Failure is not (Overloaded or SessionLimitReached or EnqueueTimedOut)
            && (_leader is null || _leader == failed.Address))
        {
            _leader = null;
        }
        else if (_leader is null && failed.Failure is Overloaded or SessionLimitReached or EnqueueTimedOut)
        {
            _leader = failed.Address;
        }
    }

    private void OnFinished(RequestFinished finished)
    {
        _waitingForSession.Remove(Sender);
        if (!_pending.Remove(Sender, out var pending))
        {
            return;
        }

        if (pending.Session is not null)
        {
            _session.Finish(pending.Session);
        }

        if (finished.Answer is SessionExpired expired)
        {
            OnSessionExpired(expired.SessionId);
        }

        // The client's own requests (for its session) are told to it like any other's.
        finished.Client.Tell(finished.Answer, finished.Client.Equals(Self) ? ActorRefs.NoSender : Self);
    }

    private void Register()
    {
        if (!_isRegistering && _session.Id == 0)
        {
            _isRegistering = true;
            Start(new RegisterSession(), _settings.Timeout, Self);
        }
    }

    private void OnRegistered(SessionRegistered registered)
    {
        _isRegistering = false;
        _session.Begin(registered.SessionId);
        Timers.StartPeriodicTimer(Tick.KeepAlive, Tick.KeepAlive, registered.Timeout / 3);
        _logger.Info("The client of group {0} has session {1}", _settings.Group, registered.SessionId);
        var waiting = _waitingForSession.ToArray();
        _waitingForSession.Clear();
        foreach (var child in waiting)
        {
            if (_pending.TryGetValue(child, out var pending))
            {
                Send(child, pending);
            }
        }
    }

    private void OnNotRegistered()
    {
        _isRegistering = false;
        if (_waitingForSession.Count > 0)
        {
            Timers.StartSingleTimer(Tick.Register, Tick.Register, _settings.MaxBackoff);
        }
    }

    private void OnSessionExpired(long sessionId)
    {
        if (sessionId == _session.Id && sessionId > 0)
        {
            _logger.Warning("Session {0} of the client of group {1} has expired; it begins another", sessionId, _settings.Group);
            _session.End();
            Timers.Cancel(Tick.KeepAlive);
        }
    }

    private sealed class Pending(IRaftRequest request, bool needsSession)
    {
        public IRaftRequest Request => request;

        public bool NeedsSession => needsSession;

        public CommandSession? Session { get; set; }
    }

    private enum Tick
    {
        Register,
        KeepAlive,
    }
}
