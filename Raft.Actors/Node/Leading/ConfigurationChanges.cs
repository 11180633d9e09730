using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Changes of the configuration, one server at a time (dissertation, chapter 4). A configuration counts from when it is appended;
/// the arithmetic is in <see cref="ConfigurationRules"/>, <see cref="QuorumHealth"/> and <see cref="CatchUp"/>.
/// </summary>
internal sealed class ConfigurationChanges(
    ILeaderContext node, Leadership leadership, Followers followers, HandOver handOver, Intake intake, CommandTypes types)
{
    private PendingChange? _change;

    /// <summary>
    /// Why no change may begin; null where one may. One change at a time, and none before the leader has committed an
    /// entry of its own term: without the second rule two leaders in turn could each commit by a majority that does not
    /// overlap the other's (raft-dev, "bug in single-server membership changes", 2015). Nor by a leader that hears no
    /// quorum: one that wakes from a pause knows nothing of the disks that were lost meanwhile, and would leave a
    /// majority that needs one of them (seeds 731001130, 731005064).
    /// </summary>
    public string? WhyNotNow =>
        leadership.QuorumSilence > node.Settings.LeaderLeaseTimeout
            ? $"no quorum has answered the leader for {node.Settings.LeaderLeaseTimeout.TotalSeconds:0.###} s; "
                + "try again in a moment"
        : !leadership.Commitment.HasCommittedInTerm
            ? $"the leader has not committed an entry of its term {node.Term} yet; try again in a moment"
        : !node.Configurations.IsLatestCommitted ? $"the change of entry {node.Configurations.LatestIndex} is not committed yet"
        : _change is { } other ? InWords(other)
        : null;

    /// <summary>
    /// What keeps a server from becoming a voter though it has caught up; null where nothing does, or no such change is
    /// under way.
    /// </summary>
    public string? WhyWaits(ServerId server) => _change is { } change && change.Request.Server == server ? change.Waits : null;

    /// <summary>An operator asks for a change.</summary>
    public void OnRequest(MembershipRequest request)
    {
        if (handOver.IsUnderWay)
        {
            node.Tell(node.Sender, handOver.RefusalOfNewWork());
            return;
        }

        MakeWayFor(request);
        if ((WhyNotNow ?? WhyNoCompany(request)) is { } reason)
        {
            node.Tell(node.Sender, new ConfigurationRefused(reason));
            return;
        }

        Begin(request, node.Sender, hasAnswered: false);
    }

    /// <summary>Appends another configuration, which counts at once.</summary>
    public void Append(Configuration next)
    {
        node.Logger.Info("{0} changes the configuration in entry {1} to {2}", node.Name, node.Log.LastIndex + 1, next);
        if (_change is { } change)
        {
            change.Index = node.Log.LastIndex + 1;
        }

        node.Append(intake.NewEntry(EntryKind.Configuration, ConfigurationCodec.Encode(next)));
    }

    /// <summary>
    /// A configuration is committed: the change that brought it is done, unless its server must still catch up.
    /// </summary>
    public void OnCommitted(long index, Configuration configuration)
    {
        if (_change is { } change && change.Index == index)
        {
            change.Index = 0;
            if (change.CatchUp is null)
            {
                End(new ConfigurationChanged(index, configuration));
            }
        }
    }

    /// <summary>Makes a nonvoter a voter once it has caught up.</summary>
    public void BeginCatchUp(MembershipRequest request, IActorRef client) => BeginCatchUp(new PendingChange(request, client));

    /// <summary>
    /// A new voter votes once it is close to the log and answers heartbeats; one that takes too long stays a nonvoter.
    /// </summary>
    public void PromoteWhenClose()
    {
        if (_change is not { CatchUp: { } catchUp } change || !node.Configurations.IsLatestCommitted)
        {
            return;
        }

        var now = node.Now;
        var server = change.Request.Server;
        var progress = followers.Find(server)?.Progress;
        if (ConfigurationRules.Promote(node.Configuration, server, progress?.Journal ?? default) is not { } next)
        {
            End(new ConfigurationRefused($"server {server} is not a nonvoter any more"));
        }
        else if (IsClose() && (change.Waits = WhyNotPromoted(server, change)) is null)
        {
            node.Logger.Info("{0} promotes {1}, which has caught up in {2} rounds", node.Name, server, catchUp.Rounds);
            change.CatchUp = null;
            Append(next);
        }
        else if (catchUp.IsOver(now))
        {
            var timeout = $"{catchUp.Timeout.TotalSeconds:0.###} s";
            End(new ConfigurationRefused(
                change.Waits is { } reason
                    ? $"server {server} stays a nonvoter: within {timeout} it did not become fit to vote: {reason}. "
                        + "Add it as a voter again then"
                    : $"server {server} has not caught up within {timeout} and stays a nonvoter; is it running, "
                        + "and does it reach the leader? Add it as a voter again to go on"));
        }

        bool IsClose() =>
            catchUp.IsClose(progress?.MatchIndex ?? 0, node.Log.LastIndex, now)
            && (node.Configuration.Identity.IsNone || progress is { Journal.IsNone: false })
            && leadership.Lease.LastContact(server) is { } contact
            && now - contact <= node.Settings.LeaderLeaseTimeout;
    }

    /// <summary>The server that is to be added or to move has answered, or has not in time.</summary>
    public void OnServerProbed(ServerProbed probed)
    {
        if (_change is not { Probe: { } probe } change || !probe.Equals(node.Sender))
        {
            return;
        }

        _change = null;
        if (handOver.IsUnderWay)
        {
            node.Tell(change.Client, handOver.RefusalOfNewWork());
        }
        else if (probed.HasAnswered)
        {
            Begin(change.Request, change.Client, hasAnswered: true);
        }
        else
        {
            var address = change.Request is AddVoter voter ? voter.Address : ((AddNonvoter)change.Request).Address;
            var server = change.Request.Server;
            node.Logger.Warning(
                "{0} leaves the configuration as it is: nobody answers at {1} as {2}", node.Name, address, server);
            var waited = node.Settings.Membership.AnswerTimeout.TotalSeconds;
            node.Tell(
                change.Client,
                new ConfigurationRefused(
                    $"nobody answers at {address} as server {server} of group '{node.Settings.Group}' within {waited:0.###} s. "
                    + "Is it running, under that id, and can the leader reach it? A server with another group's data does not "
                    + "answer either: its log says so. Force the change if the server is to be down"));
        }
    }

    /// <summary>
    /// The leadership ends: a change that has begun has an open outcome; one that still waited for its server was not
    /// done.
    /// </summary>
    public void LoseLeadership()
    {
        if (_change is { Probe: not null } asked)
        {
            GiveUpProbe(asked, new NotLeader(default, null));
        }

        End(new LeadershipLost(Math.Max(_change?.Index ?? 0, node.Configurations.LatestIndex), leadership.Term));
    }

    /// <summary>The node ends: says so.</summary>
    public void Fail(Func<long, RaftFailure> openOutcome)
    {
        if (_change is { } change)
        {
            End(openOutcome(change.Index));
        }
    }

    private static string InWords(PendingChange change) => change.Probe is null
        ? $"{change.Request.Server} is being made a voter and has to "
            + (change.Waits is { } reason ? $"become fit to vote first: {reason}" : "catch up first")
        : $"the leader waits for an answer of {change.Request.Server}, which is to be added or to move";

    /// <summary>Ends what a new request takes the place of.</summary>
    private void MakeWayFor(MembershipRequest request)
    {
        // Its server is given up, so that what it waits for is no reason to let it stay.
        if (request is RemoveServer && _change is { CatchUp: not null } abandoned && abandoned.Request.Server == request.Server
            && node.Configurations.IsLatestCommitted)
        {
            End(new ConfigurationRefused($"server {request.Server} was removed before it had caught up"));
        }

        if (request is RemoveServer && _change is { Probe: not null } asked && asked.Request.Server == request.Server)
        {
            GiveUpProbe(asked, new ConfigurationRefused($"server {request.Server} was to be removed before it had answered"));
        }

        if (_change is { CatchUp: not null } own && own.Client.IsNobody() && node.Configurations.IsLatestCommitted)
        {
            // A lost journal's server, which the leader makes a voter again by itself, goes on afterwards.
            _change = null;
        }
    }

    /// <summary>Begins a change, or asks its server first whether it is there.</summary>
    private void Begin(MembershipRequest request, IActorRef client, bool hasAnswered)
    {
        var (configuration, latestIndex) = (node.Configuration, node.Configurations.LatestIndex);
        var step = ConfigurationRules.Step(configuration, latestIndex, request);
        if ((step.Refusal ?? (step.Next is { } result ? WhyNoMajority(request, result) : null)) is { } refusal)
        {
            node.Tell(client, new ConfigurationRefused(refusal));
            return;
        }

        if (step is { Next: null, Promotes: false })
        {
            node.Tell(client, new ConfigurationChanged(latestIndex, configuration));
            return;
        }

        if (!hasAnswered && step.Next?.Find(request.Server) is { } placed && MustAnswerFirst(request))
        {
            Probe(request, client, placed);
            return;
        }

        var change = new PendingChange(request, client);
        _change = change;
        if (step.Next is { } next)
        {
            Append(next);
        }

        if (step.Promotes)
        {
            BeginCatchUp(change);
        }
    }

    private void BeginCatchUp(PendingChange change)
    {
        var timeout = (change.Request as AddVoter)?.CatchUpTimeout ?? node.Settings.Membership.CatchUpTimeout;
        change.CatchUp = new CatchUp(node.Log.LastIndex, node.Now, node.Settings.ElectionTimeout, timeout);
        _change = change;
        PromoteWhenClose();
    }

    /// <summary>Why this server must not get company yet (<see cref="LoneBeginning"/>); null where it may.</summary>
    private string? WhyNoCompany(MembershipRequest request) =>
        request is AddVoter or AddNonvoter
        && !node.Configuration.Contains(request.Server)
        && node.Configuration.Servers is [var only] && only.Id == node.Self
        && LoneBeginning.Why(node.Settings) is { } setting
            ? $"{setting}: if it lost its disk it would begin another group by itself. "
                + "Name the servers to come too, or none, and restart it; its data stay as they are"
            : null;

    /// <summary>Why the change would leave no majority that follows; null where it would not, or is forced.</summary>
    private string? WhyNoMajority(MembershipRequest request, Configuration next) =>
        request.Force ? null : QuorumHealth.WhyNot(node.Configuration, next, IsHealthy);

    /// <summary>Whether a voter answers heartbeats with the journal that its vote belongs to. The leader hears itself.</summary>
    private bool IsHealthy(ServerId voter) =>
        voter == node.Self
            ? node.Configuration.Counts(node.Self, node.Journal)
            : followers.Find(voter) is { } follower
                && node.Configuration.Counts(voter, follower.KnownJournal)
                && leadership.Lease.IsHeard(
                    voter, hasConfirmed: followers.MatchOf(follower) > 0, node.Now, node.Settings.LeaderLeaseTimeout);

    /// <summary>
    /// Whether the server has to answer before the configuration says where it is. A leader need not ask itself.
    /// </summary>
    private bool MustAnswerFirst(MembershipRequest request) =>
        !request.Force && request is AddVoter or AddNonvoter && request.Server != node.Self;

    /// <summary>Asks the server whether it is there. No other change is begun meanwhile.</summary>
    private void Probe(MembershipRequest request, IActorRef client, Server server)
    {
        var (link, settings) = (followers.LinkTo(server), node.Settings);
        var probe = Props.Create(() => new ProbeActor(link, settings.HeartbeatInterval, settings.Membership.AnswerTimeout));
        _change = new PendingChange(request, client)
        {
            Probe = node.Spawn(probe.On(settings.Dispatcher), $"probe-{followers.NewName(server.Id)}"),
        };
    }

    private void GiveUpProbe(PendingChange change, IRaftReply answer)
    {
        node.Stop(change.Probe!);
        End(answer);
    }

    /// <summary>
    /// Why a server that has caught up does not vote yet; null where it may. Its vote would count towards a majority that cannot
    /// apply what it commits, or would have the leader refuse commands that the group uses.
    /// </summary>
    private string? WhyNotPromoted(ServerId server, PendingChange change) =>
        followers.Find(server) is not { } follower || !(follower.AnsweredSentAt >= (change.CloseSince ??= node.Now))
            ? "it has not answered a heartbeat since it caught up"
        : follower.NotServing is { } reason ? $"it serves nobody: {reason}"
        : (follower.Abilities?.StateMachineVersion ?? 0) < node.Configuration.StateMachineVersion
            ? $"its state machine supports version {follower.Abilities?.StateMachineVersion ?? 0}, "
                + $"and the group's commands are of version {node.Configuration.StateMachineVersion}"
        : follower.Abilities is { } abilities ? types.WhyNotAllRead(abilities, change)
        : null;

    private void End(IRaftReply answer)
    {
        if (_change is { } change)
        {
            node.Tell(change.Client, answer);
        }

        _change = null;
    }
}
