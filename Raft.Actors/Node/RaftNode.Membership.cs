using Akka.Actor;
using Akka.Event;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node;

/// <summary>
/// Changes of the configuration, one server at a time (dissertation, chapter 4). A configuration counts from when it is appended; the
/// arithmetic is in <see cref="ConfigurationRules"/> and <see cref="CatchUp"/>.
/// </summary>
public sealed partial class RaftNode
{
    private bool _wasMember;
    private bool _hasWarnedOfOldList;

    /// <summary>Whether this server was a member in this life, knows that it is none any more, and is set to stop then.</summary>
    private bool MustLeave =>
        _settings.ShutdownOnRemove && _wasMember && _configurations.IsLatestCommitted && !Configuration.Contains(_self);

    private void OnMembershipRequest(MembershipRequest request)
    {
        if (IsHandingOver)
        {
            Sender.Tell(RefusalOfNewWork(), Self);
            return;
        }

        // Its server is given up, so that what it waits for is no reason to let it stay.
        if (request is RemoveServer && Lead.Change is { CatchUp: not null } abandoned && abandoned.Request.Server == request.Server && _configurations.IsLatestCommitted)
        {
            EndChange(new ConfigurationRefused($"server {request.Server} was removed before it had caught up"));
        }

        if (request is RemoveServer && Lead.Change is { Probe: not null } asked && asked.Request.Server == request.Server)
        {
            GiveUpProbe(asked, new ConfigurationRefused($"server {request.Server} was to be removed before it had answered"));
        }

        if (Lead.Change is { CatchUp: not null } own && own.Client.IsNobody() && _configurations.IsLatestCommitted)
        {
            // A lost journal's server, which the leader makes a voter again by itself, goes on afterwards.
            Lead.Change = null;
        }

        if (WhyNoChangeNow() is { } reason)
        {
            Sender.Tell(new ConfigurationRefused(reason), Self);
            return;
        }

        if (WhyNoGrowth(request) is { } loneliness)
        {
            Sender.Tell(new ConfigurationRefused(loneliness), Self);
            return;
        }

        Change(request, Sender, hasAnswered: false);
    }

    /// <summary>Begins a change, or asks its server first whether it is there.</summary>
    private void Change(MembershipRequest request, IActorRef client, bool hasAnswered)
    {
        var step = ConfigurationRules.Step(Configuration, _configurations.LatestIndex, request);
        if ((step.Refusal ?? (step.Next is { } result ? WhyNoMajority(request, result) : null)) is { } refusal)
        {
            client.Tell(new ConfigurationRefused(refusal), Self);
            return;
        }

        if (step is { Next: null, Promotes: false })
        {
            client.Tell(new ConfigurationChanged(_configurations.LatestIndex, Configuration), Self);
            return;
        }

        if (!hasAnswered && step.Next?.Find(request.Server) is { } placed && MustAnswerFirst(request))
        {
            Probe(request, client, placed);
            return;
        }

        var change = new PendingChange(request, client);
        Lead.Change = change;
        if (step.Next is { } next)
        {
            AppendConfiguration(next);
        }

        if (step.Promotes)
        {
            BeginCatchUp(change);
        }
    }

    private void BeginCatchUp(PendingChange change)
    {
        var timeout = (change.Request as AddVoter)?.CatchUpTimeout ?? _settings.Membership.CatchUpTimeout;
        change.CatchUp = new CatchUp(_log.LastIndex, Now, _settings.ElectionTimeout, timeout);
        Lead.Change = change;
        PromoteWhenClose();
    }

    /// <summary>
    /// A server whose settings let it begin a group all alone would do so again after it lost its disk, beside the group that it had. So before it gets company, its
    /// settings must say otherwise: then it asks the others first.
    /// </summary>
    private string? WhyNoGrowth(MembershipRequest request)
    {
        if (request is not (AddVoter or AddNonvoter) || Configuration.Contains(request.Server) || Configuration.Servers is not [var only] || only.Id != _self)
        {
            return null;
        }

        return WhyAlone is not { } setting ? null
            : $"{setting}: if it lost its disk it would begin another group by itself. Name the servers to come too, or none, and restart it; its data stay as they are";
    }

    /// <summary>What has this server begin a group all alone when its journal is empty; null where nothing has.</summary>
    private string? WhyAlone =>
        _settings.InitialConfiguration.Voters is [var alone] && alone == _self ? "raft.servers names this server alone"
        : _settings.Discovery.BootstrapExpect == 1 ? "raft.discovery.bootstrap-expect is 1"
        : null;

    /// <summary>
    /// Groups that grew under an older version, or whose files were changed since, have company all the same. The one who can tell
    /// is this server, for as long as it has its journal.
    /// </summary>
    private void WarnOfBeginningAlone()
    {
        if (WhyAlone is { } setting && Configuration.Servers.Any(server => server.Id != _self))
        {
            _logger.Warning(
                "{0} has a group ({1}), and {2}: if it lost its disk it would begin another group by itself. "
                + "Name the others too, or none, and restart it; its data stay as they are",
                PersistenceId, Configuration, setting);
        }
    }

    /// <summary>
    /// One change at a time, and none before the leader has committed an entry of its own term: without the second rule two leaders in
    /// turn could each commit by a majority that does not overlap the other's (raft-dev, "bug in single-server membership changes", 2015). Nor by a leader
    /// that hears no quorum: one that wakes from a pause knows nothing of the disks that were lost meanwhile, and would leave a majority that needs one of
    /// them (seeds 731001130, 731005064).
    /// </summary>
    private string? WhyNoChangeNow() =>
        Now - Lead.Lease.QuorumContact(Configuration.Voters, Now) > _settings.LeaderLeaseTimeout
            ? $"no quorum has answered the leader for {_settings.LeaderLeaseTimeout.TotalSeconds:0.###} s; try again in a moment"
        : !Lead.Commitment.HasCommittedInTerm ? $"the leader has not committed an entry of its term {_currentTerm} yet; try again in a moment"
        : !_configurations.IsLatestCommitted ? $"the change of entry {_configurations.LatestIndex} is not committed yet"
        : Lead.Change is { } other ? InWords(other)
        : null;

    private static string InWords(PendingChange change) => change.Probe is null
        ? $"{change.Request.Server} is being made a voter and has to {(change.Waits is { } reason ? $"become fit to vote first: {reason}" : "catch up first")}"
        : $"the leader waits for an answer of {change.Request.Server}, which is to be added or to move";

    private void AppendConfiguration(Configuration next)
    {
        _logger.Info("{0} changes the configuration in entry {1} to {2}", PersistenceId, _log.LastIndex + 1, next);
        if (Lead.Change is { } change)
        {
            change.Index = _log.LastIndex + 1;
        }

        Append(NewEntry(EntryKind.Configuration, ConfigurationCodec.Encode(next), default));
    }

    /// <summary>
    /// The leader took up another configuration: those who are new get their actors, those who moved get new ones, and those who
    /// are gone keep theirs until they know it. From here on the voters of this configuration count.
    /// </summary>
    private void OnLeaderConfigurationChanged()
    {
        foreach (var follower in Lead.Followers.ToArray())
        {
            if (Configuration.Find(follower.Server.Id) is not { } server)
            {
                Lead.Followers.Remove(follower);
                Lead.Leaving.Add(follower);
                follower.RemovedAt = _configurations.LatestIndex;
                follower.Replicator.Tell(new FinishAt(follower.RemovedAt), Self);
            }
            else if (server.Address != follower.Server.Address)
            {
                Lead.Followers.Remove(follower);
                StopFollower(follower);
            }
            else
            {
                follower.Server = server;
            }
        }

        foreach (var returned in Lead.Leaving.Where(leaving => Configuration.Contains(leaving.Server.Id)).ToArray())
        {
            LetGo(returned.Server.Id);
        }

        StartFollowers();
        var commits = Lead.Commitment.SetVoters(Configuration.Voters);
        foreach (var follower in Lead.Followers)
        {
            // One that was a nonvoter and is a voter now was heard before it counted.
            commits |= Lead.Commitment.Match(follower.Server.Id, MatchOf(follower));
        }

        if (commits)
        {
            CommitUpTo(Lead.Commitment.CommitIndex);
        }
    }

    /// <summary>Up to where a follower's journal, if it is the one that the configuration knows, is known to equal this log.</summary>
    private long MatchOf(FollowerActors follower) =>
        follower.Progress is { } progress && Configuration.Counts(follower.Server.Id, progress.Journal) ? progress.MatchIndex : 0;

    private void LetGo(ServerId removed)
    {
        if (Lead.Leaving.Find(leaving => leaving.Server.Id == removed) is { } leaving)
        {
            StopFollower(leaving);
            Lead.Leaving.Remove(leaving);
        }
    }

    /// <summary>Servers that lost their disks begin a group by this list, and nobody whom it names would tell them that one stands.</summary>
    private void WarnOfOldList(Configuration configuration)
    {
        var listed = _settings.InitialConfiguration.Voters;
        if (!_hasWarnedOfOldList && !listed.IsEmpty && configuration.Contains(_self) && !listed.Any(configuration.IsVoter))
        {
            _hasWarnedOfOldList = true;
            _logger.Warning(
                "{0}: raft.servers names {1} as voters, and the group has {2}. If those lost their disks, they would begin another group by that list: "
                + "name the present voters in it, on every server, or none",
                PersistenceId, string.Join(", ", listed), string.Join(", ", configuration.Voters));
        }
    }

    private void OnConfigurationCommitted(long index, Configuration configuration)
    {
        _logger.Info("{0} knows the configuration of entry {1} to be committed: {2}", PersistenceId, index, configuration);
        var isMember = configuration.Contains(_self);
        if (_wasMember && !isMember)
        {
            _logger.Warning("{0} was removed from its group by entry {1}: stop it, or add it again", PersistenceId, index);
        }

        WarnOfOldList(configuration);
        _wasMember |= isMember;
        _identity.Join(configuration.Identity);
        if (_role == RaftRole.Leader && Lead.Change is { } change && change.Index == index)
        {
            change.Index = 0;
            if (change.CatchUp is null)
            {
                EndChange(new ConfigurationChanged(index, configuration));
            }
        }
    }

    private void EndChange(IRaftReply answer)
    {
        Lead.Change?.Client.Tell(answer, Self);
        Lead.Change = null;
    }

    /// <summary>A new voter votes once it is close to the log and answers heartbeats; one that takes too long stays a nonvoter.</summary>
    private void PromoteWhenClose()
    {
        if (_leadership is not { Change: { CatchUp: { } catchUp } change } || !_configurations.IsLatestCommitted)
        {
            return;
        }

        var now = Now;
        var server = change.Request.Server;
        var progress = Lead.Find(server)?.Progress;
        if (ConfigurationRules.Promote(Configuration, server, progress?.Journal ?? default) is not { } next)
        {
            EndChange(new ConfigurationRefused($"server {server} is not a nonvoter any more"));
        }
        else if (IsClose() && (change.Waits = WhyNotPromoted(server, change, now)) is null)
        {
            _logger.Info("{0} promotes {1}, which has caught up in {2} rounds", PersistenceId, server, catchUp.Rounds);
            change.CatchUp = null;
            AppendConfiguration(next);
        }
        else if (catchUp.IsOver(now))
        {
            EndChange(new ConfigurationRefused(
                change.Waits is { } reason
                    ? $"server {server} stays a nonvoter, for within {catchUp.Timeout.TotalSeconds:0.###} s it did not become fit to vote: {reason}. Add it as a voter again then"
                    : $"server {server} has not caught up within {catchUp.Timeout.TotalSeconds:0.###} s and stays a nonvoter; is it running, and does it reach the leader? Add it as a voter again to go on"));
        }

        bool IsClose() =>
            catchUp.IsClose(progress?.MatchIndex ?? 0, _log.LastIndex, now)
            && (Configuration.Identity.IsNone || progress is { Journal.IsNone: false })
            && Lead.Lease.LastContact(server) is { } contact
            && now - contact <= _settings.LeaderLeaseTimeout;
    }

    private void OnMembershipTick(TimeSpan now)
    {
        PromoteWhenClose();
        OnIdentityTick(now);
        RaiseVersion(now);
        foreach (var leaving in Lead.Leaving.ToArray())
        {
            if (leaving.LeavesUntil is null && leaving.RemovedAt <= _commitIndex)
            {
                leaving.LeavesUntil = now + _settings.ElectionTimeout;
            }
            else if (leaving.LeavesUntil <= now)
            {
                LetGo(leaving.Server.Id);
            }
        }
    }

    /// <summary>A leader that has no vote any more leads until that is committed, without counting itself, and no longer (dissertation 4.2.2).</summary>
    private void StepDownWhenRemoved()
    {
        if (_configurations.IsLatestCommitted && !Configuration.IsVoter(_self, _identity.Journal))
        {
            _logger.Info("{0} steps down: it has no vote any more ({1})", PersistenceId, Configuration);
            TellBestSuccessor();
            BecomeFollower(default);
            if (MustLeave)
            {
                ShutDownRemoved();
            }
        }
    }

    /// <summary>By way of the supervisor, which would else start the node again.</summary>
    private void ShutDownRemoved()
    {
        _logger.Warning("{0} was removed from its group and shuts down (raft.shutdown-on-remove)", PersistenceId);
        Context.Parent.Tell(new Shutdown(), ActorRefs.NoSender);
    }
}
