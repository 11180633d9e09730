using Akka.Event;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>Settings that change while the node runs. The supervisor has checked them, and gives them to the node's next lives too.</summary>
public sealed partial class RaftNode
{
    private void OnSettingsChanged(RaftSettings settings)
    {
        _logger.Info("{0} goes on with other settings: {1}", PersistenceId, ReloadSettings.Of(settings));
        _settings = settings;
        _snapshots.ChangeSettings();
        if (_leadership is { } lead)
        {
            Timers.StartPeriodicTimer(NodeTick.Leadership, NodeTick.Leadership, settings.HeartbeatInterval);
            var pace = new HeartbeatPace(settings.HeartbeatInterval, settings.HeartbeatTimeout);
            foreach (var follower in lead.Followers.Concat(lead.Leaving))
            {
                follower.Heartbeat.Tell(pace, Self);
            }
        }
        else
        {
            BeginElectionTimer(_role == RaftRole.Follower ? settings.HeartbeatTimeout : settings.ElectionTimeout);
        }
    }
}
