using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// A leader's followers: an actor that replicates and one that sends heartbeats for each, from the term's start to its
/// end.
/// </summary>
internal sealed class Followers(ILeaderContext node, Leadership leadership)
{
    private readonly List<FollowerActors> _present = [];
    private readonly List<FollowerActors> _leaving = [];
    private LogAdvanced? _published;
    private long _round;

    /// <summary>The members' actors.</summary>
    public IReadOnlyList<FollowerActors> Present => _present;

    /// <summary>Those of servers that were removed and must still learn of it.</summary>
    public IReadOnlyList<FollowerActors> Leaving => _leaving;

    /// <summary>The actors of a member; null where the server is no member, or is this one.</summary>
    public FollowerActors? Find(ServerId follower) => _present.Find(known => known.Server.Id == follower);

    /// <summary>
    /// A name for a follower's actor that no other has had and nobody can guess (<see cref="Questions.AnswerBox"/>).
    /// </summary>
    public string NewName(ServerId follower) => $"{follower}-{node.NewSecret()}-{leadership.Term}";

    /// <summary>The connection to a server in this term.</summary>
    public FollowerLink LinkTo(Server server) =>
        new(node.Settings.Group, node.Self, server.Id, leadership.Term, node.Resolve(server))
        {
            Identity = node.IdentityTo(server.Id),
        };

    /// <summary>
    /// Up to where a follower's journal is known to equal this log; 0 where it is not the journal that the
    /// configuration knows.
    /// </summary>
    public long MatchOf(FollowerActors follower) =>
        follower.Progress is { } progress && node.Configuration.Counts(follower.Server.Id, progress.Journal)
            ? progress.MatchIndex
            : 0;

    /// <summary>Whether a server has answered a heartbeat of late, with whatever journal.</summary>
    public bool IsHeard(ServerId server) =>
        Find(server)?.HeardAt is { } heardAt && node.Now - heardAt <= node.Settings.LeaderLeaseTimeout;

    /// <summary>Starts the actors of members that have none yet.</summary>
    public void Start()
    {
        foreach (var server in node.Configuration.Servers)
        {
            if (server.Id != node.Self && Find(server.Id) is null)
            {
                _present.Add(Start(server));
            }
        }
    }

    private FollowerActors Start(Server server)
    {
        var link = LinkTo(server);
        var (settings, seed) = (node.Settings, node.Random.Next());
        var log = new LogAdvanced(node.Log.View, node.CommitIndex, node.Log.Skips.All);
        var replicator = Props.Create(() => new ReplicatorActor(link, settings, new Random(seed), log, log.Log.LastIndex));
        var heartbeat = Props.Create(() => new HeartbeatActor(link, settings.HeartbeatInterval, settings.HeartbeatTimeout));
        var name = NewName(server.Id);
        var follower = new FollowerActors(
            server,
            node.Spawn(replicator.On(settings.Dispatcher), $"replicator-{name}"),
            node.Spawn(heartbeat.On(settings.Dispatcher), $"heartbeat-{name}"));
        if (_round > 0)
        {
            // Those who read now wait for this server too, if it votes.
            node.Tell(follower.Heartbeat, new BeginRound(_round));
        }

        return follower;
    }

    /// <summary>Starts all anew: what their actors say of this group has changed.</summary>
    public void Restart()
    {
        _present.ForEach(Stop);
        _present.Clear();
        Start();
    }

    /// <summary>Stops all, at the end of the term.</summary>
    public void StopAll()
    {
        _present.ForEach(Stop);
        _leaving.ForEach(Stop);
    }

    /// <summary>
    /// Takes up another configuration: new members get their actors, those that moved get new ones, and those that were removed
    /// keep theirs until they know it.
    /// </summary>
    public void OnConfigurationChanged()
    {
        foreach (var follower in _present.ToArray())
        {
            if (node.Configuration.Find(follower.Server.Id) is not { } server)
            {
                _present.Remove(follower);
                _leaving.Add(follower);
                follower.RemovedAt = node.Configurations.LatestIndex;
                node.Tell(follower.Replicator, new FinishAt(follower.RemovedAt));
            }
            else if (server.Address != follower.Server.Address)
            {
                _present.Remove(follower);
                Stop(follower);
            }
            else
            {
                follower.Server = server;
            }
        }

        foreach (var returned in _leaving.Where(leaving => node.Configuration.Contains(leaving.Server.Id)).ToArray())
        {
            LetGo(returned.Server.Id);
        }

        Start();
    }

    /// <summary>Lets go of servers whose removal is committed and that had their time to learn of it.</summary>
    public void LetGoOfRemoved()
    {
        foreach (var leaving in _leaving.ToArray())
        {
            if (leaving.LeavesUntil is null && leaving.RemovedAt <= node.CommitIndex)
            {
                leaving.LeavesUntil = node.Now + node.Settings.ElectionTimeout;
            }
            else if (leaving.LeavesUntil <= node.Now)
            {
                LetGo(leaving.Server.Id);
            }
        }
    }

    /// <summary>A removed server knows of its removal.</summary>
    public void LetGo(ServerId removed)
    {
        if (_leaving.Find(leaving => leaving.Server.Id == removed) is { } leaving)
        {
            Stop(leaving);
            _leaving.Remove(leaving);
        }
    }

    /// <summary>
    /// Shows the replicators what is new: entries as soon as they are in the log, beside the leader's own write
    /// (10.2.1).
    /// </summary>
    public void Publish()
    {
        var log = node.Log.View;
        if (_published is { } published && ReferenceEquals(published.Log, log) && published.CommitIndex == node.CommitIndex)
        {
            return;
        }

        _published = new LogAdvanced(log, node.CommitIndex, node.Log.Skips.All);
        foreach (var follower in _present)
        {
            node.Tell(follower.Replicator, _published);
        }

        foreach (var leaving in _leaving)
        {
            node.Tell(leaving.Replicator, _published);
        }
    }

    /// <summary>Has every follower asked whether this server still leads, by a heartbeat at once.</summary>
    public void BeginRound(long round)
    {
        _round = round;
        var begin = new BeginRound(round);
        foreach (var follower in _present)
        {
            node.Tell(follower.Heartbeat, begin);
        }
    }

    /// <summary>A follower that was silent answers again: what waits for it need not wait any longer.</summary>
    public void OnReturned(FollowerReturned returned)
    {
        node.Logger.Info("{0} hears from {1} again after {2}", node.Name, returned.Follower, returned.SilentFor);
        if (Find(returned.Follower) is { } follower)
        {
            node.Tell(follower.Replicator, returned);
            if (follower.Transfer is { } transfer)
            {
                node.Tell(transfer.Sender, returned);
            }
        }
    }

    /// <summary>Heartbeats go on at another pace.</summary>
    public void SetPace()
    {
        var pace = new HeartbeatPace(node.Settings.HeartbeatInterval, node.Settings.HeartbeatTimeout);
        foreach (var follower in _present.Concat(_leaving))
        {
            node.Tell(follower.Heartbeat, pace);
        }
    }

    private void Stop(FollowerActors follower)
    {
        node.Stop(follower.Replicator);
        node.Stop(follower.Heartbeat);
        if (follower.Transfer is { } transfer)
        {
            node.Stop(transfer.Sender);
        }
    }
}
