using Akka.Actor;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>When observers are told something (<see cref="Observing"/>).</summary>
public sealed partial class RaftNode
{
    /// <inheritdoc />
    protected override bool AroundReceive(Receive receive, object message)
    {
        var handled = base.AroundReceive(receive, message);
        _observing.TellWhatChanged();
        return handled;
    }

    /// <summary>At each tick of a leader: who has fallen silent, who answers again, and how far snapshots have come.</summary>
    private void TellOfFollowers(TimeSpan now)
    {
        Lead.Silence.Retain(follower => Lead.Find(follower) is not null);
        foreach (var follower in Lead.Followers)
        {
            var id = follower.Server.Id;
            switch (Lead.Silence.Look(id, Lead.Lease.LastContact(id), now, _settings.HeartbeatTimeout))
            {
                case { } silentFor when silentFor > TimeSpan.Zero:
                    _observing.Tell(new HeartbeatFailed(_settings.Group, _self, id, silentFor));
                    break;
                case not null:
                    _observing.Tell(new HeartbeatResumed(_settings.Group, _self, id));
                    break;
            }

            if (follower.Transfer is { } transfer && follower.ToldTransfer != transfer.Progress)
            {
                follower.ToldTransfer = transfer.Progress;
                _observing.TellSnapshot(SnapshotActivity.Sending, id, transfer.Progress.Index, transfer.Progress.BytesSent, transfer.Progress.Bytes);
            }
        }
    }
}
