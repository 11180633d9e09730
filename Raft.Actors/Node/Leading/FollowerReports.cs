using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Observation;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Leading;

/// <summary>What observers and operators hear of a leader's followers. Nothing here decides anything.</summary>
internal sealed class FollowerReports(ILeaderContext node, Leadership leadership, Followers followers, Observing observing)
{
    private readonly FollowerSilence _silence = new();

    /// <summary>
    /// Tells observers which followers have fallen silent, which answer again, and how far snapshots have come.
    /// </summary>
    public void OnTick()
    {
        var (group, self, now) = (node.Settings.Group, node.Self, node.Now);
        _silence.Retain(follower => followers.Find(follower) is not null);
        foreach (var follower in followers.Present)
        {
            var id = follower.Server.Id;
            switch (_silence.Look(id, leadership.Lease.LastContact(id), now, node.Settings.HeartbeatTimeout))
            {
                case { } silentFor when silentFor > TimeSpan.Zero:
                    observing.Tell(new HeartbeatFailed(group, self, id, silentFor));
                    break;
                case not null:
                    observing.Tell(new HeartbeatResumed(group, self, id));
                    break;
            }

            if (follower.Transfer is { } transfer && follower.ToldTransfer != transfer.Progress)
            {
                var progress = transfer.Progress;
                follower.ToldTransfer = progress;
                observing.TellSnapshot(SnapshotActivity.Sending, id, progress.Index, progress.BytesSent, progress.Bytes);
            }
        }
    }

    /// <summary>How far each follower is.</summary>
    public IEnumerable<FollowerStatus> Statuses() => followers.Present.Select(StatusOf);

    private FollowerStatus StatusOf(FollowerActors follower) => new(
        follower.Server.Id,
        follower.Progress?.State ?? ProgressState.Probe,
        follower.Progress?.MatchIndex ?? 0,
        follower.Progress?.NextIndex ?? leadership.Commitment.StartIndex,
        leadership.Lease.LastContact(follower.Server.Id) is { } contact ? node.Now - contact : null)
    {
        Transfer = follower.Transfer?.Progress,
        Software = follower.Abilities?.Software,
        LacksTypes = follower.Abilities is { } abilities ? node.Abilities.Types.Count(type => !abilities.Reads(type)) : 0,
    };
}
