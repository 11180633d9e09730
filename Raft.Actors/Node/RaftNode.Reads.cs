using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>Somebody watches what changes from now on.</summary>
public sealed partial class RaftNode
{
    /// <summary>Somebody watches what changes from now on, and asks from which index on that is.</summary>
    private void OnWatchFromNow()
    {
        var read = new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { AsksForNow = true };
        if (_leader is { } leader)
        {
            leader.Confirm(read);
        }
        else
        {
            _reading.OnWatchFromNow(read);
        }
    }
}
