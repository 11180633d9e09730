using Akka.Actor;
using Akka.Event;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Stands at <c>/user/raft-{group}</c> and keeps the group's node alive: passes on to it what clients and peers send, and
/// starts it again, with growing pauses, when its journal or its state machine failed. Meanwhile it answers <see cref="Unavailable"/>.
/// </summary>
public sealed class RaftSupervisor : UntypedActor, IWithTimers
{
    /// <summary>The node's name below its supervisor.</summary>
    public const string NodeName = "node";

    private readonly RaftEnvironment _environment;
    private readonly Random _random;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly List<IActorRef> _awaitingShutdown = [];
    private IActorRef? _node;
    private bool _hasRecovered;
    private bool _isStopping;
    private int _failures;
    private string _reason = "it reads its journal";
    private TimeSpan _startedAt;

    /// <summary>Makes a supervisor.</summary>
    public RaftSupervisor(RaftEnvironment environment)
    {
        _environment = environment;
        _random = new Random(environment.Seed);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private RaftSettings Settings => _environment.Settings;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    /// <summary>The name of a group's supervisor below <c>/user</c>.</summary>
    public static string NameOf(string group) => $"raft-{group}";

    /// <summary>The props of a supervisor.</summary>
    public static Props Props(RaftEnvironment environment) => Akka.Actor.Props.Create(() => new RaftSupervisor(environment));

    /// <inheritdoc />
    protected override void PreStart() => StartNode();

    /// <summary>A node that throws is stopped, not restarted in place: a fresh one reads the journal after a pause.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(thrown =>
        {
            _reason = thrown.Message;
            return Directive.Stop;
        });

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeRecovered:
                _hasRecovered = true;
                break;
            case NodeFailed failed:
                _hasRecovered = false;
                _reason = failed.Reason;
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_node):
                OnNodeStopped();
                break;
            case Tick.Restart:
                StartNode();
                break;
            case Shutdown shutdown:
                OnShutdown(shutdown);
                break;
            case ForwardedRequest when _isStopping:
                Sender.Tell(new ShuttingDown(Outcome.NotDone), Self);
                break;
            case ForwardedRequest when _node is null || !_hasRecovered:
                Sender.Tell(new Unavailable(_reason), Self);
                break;
            case IPeerMessage peerMessage:
                // From here on by reference: see RemotePeerResolver.
                _node?.Forward(peerMessage);
                break;
            case IRaftRequest when _isStopping:
                Sender.Tell(new ShuttingDown(Outcome.NotDone), Self);
                break;
            case IRaftRequest request when _node is not null && _hasRecovered:
                _node.Forward(request);
                break;
            case IRaftRequest:
                Sender.Tell(new Unavailable(_reason), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void StartNode()
    {
        _startedAt = Now;
        var seed = _random.Next();
        _node = Context.Watch(Context.ActorOf(RaftNode.Props(_environment with { Seed = seed }), NodeName));
    }

    private void OnNodeStopped()
    {
        _node = null;
        _hasRecovered = false;
        if (_isStopping)
        {
            FinishShutdown();
            return;
        }

        _failures = Now - _startedAt > Settings.RestartMaxBackoff ? 1 : _failures + 1;
        var pause = Backoff.Exponential(Settings.RestartMinBackoff, Settings.RestartMaxBackoff, _failures, _random);
        _logger.Warning("{0} is down ({1}) and starts again in {2}", Settings.PersistenceId, _reason, pause);
        Timers.StartSingleTimer(Tick.Restart, Tick.Restart, pause);
    }

    private void OnShutdown(Shutdown shutdown)
    {
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
        else if (_hasRecovered)
        {
            _node.Tell(shutdown, Self);
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

        Context.Stop(Self);
    }

    private enum Tick
    {
        Restart,
    }
}
