using Akka.Event;
using Raft.Actors.Protocol;
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
        if (_leader is { } leader)
        {
            leader.OnSettingsChanged();
        }
        else
        {
            BeginElectionTimer(_role == RaftRole.Follower ? settings.HeartbeatTimeout : settings.ElectionTimeout);
        }
    }
}
