using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Dispatch;
using Raft.Actors.LogLines;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Supervision;
using Raft.Actors.Observation;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Watching;

namespace Raft.Actors.Node;

/// <summary>
/// Stands at <c>/user/raft-{group}</c> and keeps the group's node alive: passes on to it what clients and peers send, and
/// starts it again, with growing pauses, when its journal or its state machine failed. Meanwhile it answers <see
/// cref="Unavailable"/>.
/// </summary>
public sealed class RaftSupervisor : UntypedActor, IWithTimers
{
    /// <summary>The node's name below its supervisor.</summary>
    public const string NodeName = "node";

    private static readonly TimeSpan LogAgainAfter = TimeSpan.FromSeconds(30);

    private RaftEnvironment _environment;
    private readonly Random _random;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly List<IActorRef> _awaitingShutdown = [];
    private readonly ObserverList _observers;
    private IActorRef? _node;
    private IActorRef? _changes;
    private readonly NodeCondition _condition = new();
    private readonly LostMessages _lost = new(Context.Self.Path / NodeName);
    private bool _isStopping;
    private IActorRef? _journal;
    private bool _staysWithSystem;
    private bool _isShutDown;
    private readonly LinePace _refusals = new(LogAgainAfter);

    /// <summary>Makes a supervisor.</summary>
    public RaftSupervisor(RaftEnvironment environment)
    {
        _environment = environment;
        _random = new Random(environment.Seed);
        _observers = new ObserverList(Settings.Group, Settings.ServerId, Settings.MaxObservers);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private RaftSettings Settings => _environment.Settings;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    /// <summary>What another process is told that wants this server to stop.</summary>
    internal static InvalidRequest RefusedShutdown { get; } = new(
        "a server is shut down by its own process only; raft.accept-remote-shutdown = on lets other processes do it too");

    /// <summary>The name of a group's supervisor below <c>/user</c>.</summary>
    public static string NameOf(string group) => $"raft-{group}";

    /// <summary>The props of a supervisor.</summary>
    public static Props Props(RaftEnvironment environment) =>
        Akka.Actor.Props.Create(() => new RaftSupervisor(environment))
            .On(environment.Settings.Dispatcher)
            .WithMailbox(IntakeMailbox.Id);

    /// <inheritdoc />
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        WatchJournal();
        StartNode();
        StartChanges();
    }

    /// <inheritdoc />
    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void StartChanges()
    {
        if (_environment.Changes is { } feed)
        {
            var props = ChangesActor.Props(feed, Settings.Watch).On(Settings.Dispatcher);
            _changes = Context.Watch(Context.ActorOf(props, ChangesActor.Name));
        }
    }

    /// <summary>A node that throws is stopped, not restarted in place: a fresh one reads the journal after a pause.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(thrown =>
        {
            _condition.Threw(thrown);
            return Directive.Stop;
        });

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeRecovered:
                _condition.Recovered();
                break;
            case NodeExcluded excluded:
                _environment = _environment with { BrokenSafety = excluded.Reason };
                break;
            case NodeFailed failed:
                _condition.Failed(failed);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_node):
                OnNodeStopped();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_journal):
                OnJournalEnded();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_changes):
                StartChanges();
                break;
            case RaftObservation observation:
                _observers.Tell(observation, Self);
                break;
            case Observe observe:
                OnObserve(observe);
                break;
            case StopObserving stop:
                OnObserverGone(Context.Unwatch(stop.Observer));
                break;
            case Terminated observer:
                OnObserverGone(observer.ActorRef);
                break;
            case Tick.Restart:
                StartNode();
                break;
            case Tick.Finish:
                FinishShutdown();
                break;
            case DeadLetter lost:
                _lost.Answer(lost, NotDone(), _condition.OpenOutcome, Self);
                break;
            case Shutdown { CameOverTheWire: true } when !Settings.AcceptRemoteShutdown:
                RefuseShutdown();
                break;
            case Shutdown shutdown:
                OnShutdown(shutdown);
                break;
            case ForwardedRequest when _isStopping || _node is null || !_condition.HasRecovered:
                Sender.Tell(NotDone(), Self);
                break;
            case IPeerMessage peerMessage:
                // From here on by reference: see RemotePeerResolver.
                _node?.Forward(peerMessage);
                break;
            case ReloadSettings reload when !_isStopping:
                OnReload(reload);
                break;
            case ReadChanges { From: not 0 } read when _changes is not null && !_isShutDown:
                _changes.Forward(read);
                break;
            case ReadChanges when _changes is null && !_isShutDown:
                Sender.Tell(new InvalidRequest("the state machine of this server tells no changes (ChangeFeed)"), Self);
                break;
            case IRaftRequest when _isStopping:
                Sender.Tell(NotDone(), Self);
                break;
            case IRaftRequest request when _node is not null && _condition.HasRecovered:
                _node.Forward(request);
                break;
            case IRaftRequest:
                Sender.Tell(NotDone(), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void StartNode()
    {
        _condition.Started(Now);
        var seed = _random.Next();
        var environment = _environment with { Seed = seed, FailedBefore = _condition.FailedBefore };
        _node = Context.Watch(Context.ActorOf(RaftNode.Props(environment), NodeName));
    }

    private void OnNodeStopped()
    {
        _node = null;
        _condition.Stopped();
        _observers.NodeStopped(Self);
        if (_isStopping)
        {
            // Behind what the node left in its mailbox, which is here already and gets its answer first.
            Self.Tell(Tick.Finish);
            return;
        }

        if (_condition.IsDownForGood)
        {
            return;
        }

        var pause = _condition.PauseBeforeRestart(Now, Settings, _random);
        _logger.Warning("{0} is down ({1}) and starts again in {2}", Settings.PersistenceId, _condition.Reason, pause);
        Timers.StartSingleTimer(Tick.Restart, Tick.Restart, pause);
    }

    private void OnReload(ReloadSettings reload)
    {
        try
        {
            _environment = _environment with { Settings = reload.ApplyTo(Settings) };
        }
        catch (RaftConfigurationException misfit)
        {
            Sender.Tell(new SettingsRefused(misfit.Message), Self);
            return;
        }

        // One that reads its journal takes them up when it is done.
        _node?.Tell(new SettingsChanged(Settings), Self);
        Sender.Tell(new SettingsReloaded(ReloadSettings.Of(Settings)), Self);
    }

    private void OnObserve(Observe observe)
    {
        if (_observers.Add(observe) is { } refusal)
        {
            observe.Observer.Tell(new ObservationRefused(refusal), Self);
            return;
        }

        Context.Watch(observe.Observer);
        observe.Observer.Tell(_observers.State, Self);
    }

    private void OnObserverGone(IActorRef observer) => _observers.Remove(observer);

    private RaftFailure NotDone() => _isStopping
        ? new ShuttingDown(Outcome.NotDone)
        : _condition.NotDone;

    private void RefuseShutdown()
    {
        if (_refusals.IsTold(Now, out _))
        {
            var sender = LogText.Clean(Sender.Path.ToString());
            _logger.Warning("{0} refused to shut down for {1}: {2}", Settings.PersistenceId, sender, RefusedShutdown.Reason);
        }

        Sender.Tell(RefusedShutdown, Self);
    }

    private void WatchJournal()
    {
        try
        {
            _journal = Context.Watch(Persistence.Instance.Apply(Context.System).JournalFor(Settings.Journal.Plugin));
        }
        catch (Exception unusable)
        {
            // The node needs it too, and says at each start what is wrong with it.
            _logger.Debug("{0} cannot watch its journal: {1}", Settings.PersistenceId, unusable.Message);
        }
    }

    /// <summary>
    /// Akka.Persistence makes a journal's actor once. What is sent to a stopped one is neither written nor refused.
    /// </summary>
    private void OnJournalEnded()
    {
        if (_isStopping)
        {
            return;
        }

        var reason = $"the actor of its journal ({Settings.Journal.Plugin}) was stopped, "
            + "and only a restart of the process makes another";
        _condition.EndForGood(reason);
        _logger.Error("{0} is down for good: {1}", Settings.PersistenceId, reason);
        Timers.Cancel(Tick.Restart);
        if (_node is not null)
        {
            _condition.Failed(new NodeFailed(reason, _ => new StorageFailed(reason, Outcome.Unknown)));
            Context.Stop(_node);
        }
    }

    private void OnShutdown(Shutdown shutdown)
    {
        _staysWithSystem |= shutdown.WithSystem;
        if (_isShutDown)
        {
            Sender.Tell(new ShutdownComplete(), Self);
            return;
        }

        _awaitingShutdown.Add(Sender);
        if (_isStopping)
        {
            return;
        }

        _isStopping = true;
        Timers.Cancel(Tick.Restart);
        if (_node is null)
        {
            FinishShutdown();
        }
        else if (_condition.HasRecovered)
        {
            _node.Tell(new Shutdown(), Self);
        }
        else
        {
            Context.Stop(_node);
        }
    }

    private void FinishShutdown()
    {
        foreach (var client in _awaitingShutdown)
        {
            client.Tell(new ShutdownComplete(), Self);
        }

        if (_staysWithSystem)
        {
            // The other phases of a system's end may take long. Whoever still asks here is told to ask another server; from an
            // actor that is gone clients would hear nothing, and wait for as long as a server may be slow.
            _isShutDown = true;
        }
        else
        {
            Context.Stop(Self);
        }
    }

    private enum Tick
    {
        Restart,
        Finish,
    }
}
