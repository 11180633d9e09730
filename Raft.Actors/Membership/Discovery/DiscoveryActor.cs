using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Membership.Discovery;

/// <summary>What a <see cref="DiscoveryActor"/> is given from outside.</summary>
/// <param name="Settings">The server's settings.</param>
/// <param name="Raft">Its supervisor.</param>
/// <param name="View">Shows the cluster as it is now; must not block.</param>
/// <param name="Resolver">Is told where servers are seen.</param>
/// <param name="Down">Has a member of the cluster downed that has ended for certain.</param>
internal sealed record DiscoveryEnvironment(
    RaftSettings Settings, IActorRef Raft, Func<ClusterView> View, DiscoveredPeerResolver Resolver, Action<string> Down);

/// <summary>
/// Stands at <c>/user/raft-{group}-discovery</c> beside the node: it asks the cluster's members who they are, begins the group
/// if it may, and on the leader makes the configuration follow what is seen. It knows only what an operator could know, and
/// asks the node only for what an operator could ask.
/// </summary>
internal sealed class DiscoveryActor : UntypedActor, IWithTimers
{
    // Of three questions one may be lost.
    private const int FreshIntervals = 3;

    private readonly DiscoveryEnvironment _environment;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly Sightings _sightings;
    private readonly SortedSet<string> _pledged = new(StringComparer.Ordinal);
    private readonly DiscoveryPolicy _policy;
    private ClusterView _view;
    private RaftStatus? _status;
    private ConfigurationInfo? _configuration;
    private TimeSpan _statusAt;
    private TimeSpan _ledSince;
    private long _ledTerm;
    private BootstrapPlan _plan = new(null, string.Empty);
    private TimeSpan _planSince;
    private TimeSpan _beginAgainAt;
    private MembershipRequest? _pending;
    private TimeSpan _pendingUntil;
    private TimeSpan _notBefore;
    private string _said = string.Empty;

    public DiscoveryActor(DiscoveryEnvironment environment)
    {
        _environment = environment;
        _view = new ClusterView(string.Empty, []);
        _sightings = new Sightings(FreshIntervals * Settings.Interval);
        _policy = new DiscoveryPolicy(
            Settings.JoinAs,
            Settings.StableFor,
            Settings.RemoveAfter > TimeSpan.Zero ? Settings.RemoveAfter : null,
            Settings.MinVoters);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private DiscoverySettings Settings => _environment.Settings.Discovery;

    private bool IsStatusFresh => _status is not null && Now - _statusAt <= FreshIntervals * Settings.Interval;

    /// <summary>The name of a group's discovery below <c>/user</c>.</summary>
    public static string NameOf(string group) => $"{RaftSupervisor.NameOf(group)}-discovery";

    public static Props Props(DiscoveryEnvironment environment) => Akka.Actor.Props.Create(() => new DiscoveryActor(environment));

    protected override void PreStart() => Timers.StartPeriodicTimer(Tick.Look, Tick.Look, TimeSpan.Zero, Settings.Interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick.Look:
                Look();
                break;
            case RaftStatus status:
                OnStatus(status);
                break;
            case ConfigurationInfo configuration:
                _configuration = configuration;
                break;
            case DescribeServer when Description() is { } description:
                Sender.Tell(description, Self);
                break;
            case DescribeServer:
                break;
            case ServerDescription description:
                _sightings.Add(description, _view, Now);
                break;
            case PledgeBootstrap pledge:
                OnPledge(pledge);
                break;
            case BootstrapPledged pledged:
                OnPledged(pledged);
                break;
            case ConfigurationChanged changed:
                Say($"the configuration is {changed.Configuration}");
                _pending = null;

                // Else the next change would be planned by the configuration of before, and this one asked for again.
                _configuration = new ConfigurationInfo(changed.Index, changed.Configuration, IsCommitted: true);
                break;
            case RaftFailure failure:
                OnFailure(failure);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Look()
    {
        _view = _environment.View();
        var now = Now;
        _sightings.Update(_view, now);
        foreach (var superseded in _sightings.Superseded(_view))
        {
            _logger.Info(
                "raft/{0}: the member at {1} has come back elsewhere, so that its old address is taken out of the cluster",
                _environment.Settings.Group, superseded);
            _environment.Down(superseded);
        }

        _environment.Raft.Tell(new GetStatus(), Self);
        _environment.Raft.Tell(new GetConfiguration(), Self);
        foreach (var member in _view.Members)
        {
            Discovery(member.Address).Tell(new DescribeServer(), Self);
        }

        var seen = _sightings.Seen(now);
        _environment.Resolver.Update(seen);
        if (IsStatusFresh && _status is { } status)
        {
            Begin(status, seen, now);
            Lead(status, seen, now);
        }
    }

    private void OnStatus(RaftStatus status)
    {
        if (status.Role == RaftRole.Leader && (_status?.Role != RaftRole.Leader || _ledTerm != status.Term))
        {
            (_ledSince, _ledTerm) = (Now, status.Term);
        }

        (_status, _statusAt) = (status, Now);
    }

    private ServerDescription? Description()
    {
        if (!IsStatusFresh || _status is not { } status || _view.Self.Length == 0)
        {
            return null;
        }

        return new ServerDescription(
            status.ServerId, _view.Self, Settings.BootstrapExpect, IsEmpty(status), status.Configuration)
        {
            PledgedTo = IsEmpty(status) ? status.VotedFor : default,
        };
    }

    /// <summary>A pledge is a vote in term 1, in which no server leads.</summary>
    private static bool IsEmpty(RaftStatus status) =>
        status.LastLogIndex == 0 && status.Configuration.IsEmpty && status.Term <= 1;

    /// <summary>An empty server that will begin a group with others.</summary>
    private void Begin(RaftStatus status, ImmutableArray<SeenServer> seen, TimeSpan now)
    {
        if (Settings.BootstrapExpect == 0 || !IsEmpty(status))
        {
            return;
        }

        var plan = BootstrapPlan.Make(Settings.BootstrapExpect, _view, seen);
        if (!Equals(plan.Configuration, _plan.Configuration))
        {
            (_planSince, _beginAgainAt) = (now, TimeSpan.Zero);
            _pledged.Clear();
        }

        _plan = plan;
        if (plan.Configuration is not { } configuration)
        {
            Say($"waits for {plan.Waits}");
        }
        else if (plan.Coordinator == status.ServerId && now - _planSince >= Settings.StableFor)
        {
            BeginWhenAllPledged(configuration);
            foreach (var server in configuration.Servers.Where(server => !_pledged.Contains(server.Id.Value)))
            {
                Discovery(server.Address).Tell(new PledgeBootstrap(status.ServerId, configuration), Self);
            }
        }
    }

    /// <summary>A coordinator asks. This server must have come to the same plan by itself.</summary>
    private void OnPledge(PledgeBootstrap pledge)
    {
        if (pledge.Configuration.Equals(_plan.Configuration) && pledge.Coordinator == _plan.Coordinator)
        {
            _environment.Raft.Forward(pledge);
        }
        else
        {
            var own = _plan.Configuration is { } configuration ? $"would begin with {configuration}" : $"waits for {_plan.Waits}";
            Sender.Tell(new ConfigurationRefused($"server {_environment.Settings.ServerId} {own}"), Self);
        }
    }

    private void OnPledged(BootstrapPledged pledged)
    {
        if (pledged.Coordinator != _environment.Settings.ServerId || _plan.Configuration is not { } configuration)
        {
            return;
        }

        // A second pledge of the same server answers a question that was asked again: the node is asked once.
        if (_pledged.Add(pledged.ServerId.Value))
        {
            BeginWhenAllPledged(configuration);
        }
    }

    /// <summary>
    /// Asks the node, and asks again after a long time if it has not begun: a node that restarts forgets that it was asked.
    /// </summary>
    private void BeginWhenAllPledged(Configuration configuration)
    {
        if (Now >= _beginAgainAt && configuration.Servers.All(server => _pledged.Contains(server.Id.Value)))
        {
            Say($"all {configuration.Servers.Length} servers have pledged themselves: begins the group");
            _beginAgainAt = Now + _environment.Settings.Membership.CatchUpTimeout;
            _environment.Raft.Tell(new Bootstrap(configuration), Self);
        }
    }

    /// <summary>A leader has the configuration follow what is seen, one change at a time.</summary>
    private void Lead(RaftStatus status, ImmutableArray<SeenServer> seen, TimeSpan now)
    {
        if (status.Role != RaftRole.Leader || now < _notBefore || (_pending is not null && now < _pendingUntil))
        {
            return;
        }

        if (DiscoveryPlanner.ForeignGroup(status.Configuration, seen) is { } foreign)
        {
            Say(
                $"adds no server while {foreign.Id} at {foreign.Address} is in sight, which belongs to another group "
                + $"of this name ({foreign.Configuration}): stop one of the two groups");
        }

        var healthyWithin = _environment.Settings.HeartbeatTimeout;
        var contacts = status.Followers
            .Select(follower => new MemberContact(follower.ServerId, follower.LastContact ?? now - _ledSince))
            .Append(new MemberContact(status.ServerId, TimeSpan.Zero))
            .ToImmutableArray();
        if (_configuration is { } current
            && DiscoveryPlanner.Next(_policy, status.ServerId, current, seen, contacts, healthyWithin) is { } change)
        {
            Say($"asks for {change}");
            _pending = change;
            _pendingUntil = now + _environment.Settings.Membership.CatchUpTimeout + Settings.StableFor;
            _environment.Raft.Tell(change, Self);
        }
    }

    private void OnFailure(RaftFailure failure)
    {
        if (failure is not (Unavailable or NotLeader))
        {
            Say(failure.Message);
        }

        if (_pending is not null)
        {
            _pending = null;
            _notBefore = Now + Settings.StableFor;
        }
    }

    private ICanTell Discovery(string address) =>
        address == _view.Self ? Self : Context.ActorSelection($"{address}/user/{NameOf(_environment.Settings.Group)}");

    /// <summary>Logs a line once, until there is something else to say.</summary>
    private void Say(string what)
    {
        if (what != _said)
        {
            _said = what;
            _logger.Info("{0} {1}", _environment.Settings.PersistenceId, what);
        }
    }

    private enum Tick
    {
        Look,
    }
}
