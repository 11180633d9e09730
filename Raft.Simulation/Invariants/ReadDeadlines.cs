using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Simulation.World;

namespace Raft.Simulation.Invariants;

/// <summary>
/// A server that runs ends each read in an answer within <c>raft.reads.timeout</c> by its own clock, whatever has become of
/// its leader and its links. It is looked at when the time is over, and not in the end; what becomes of the answer on its way
/// is another matter.
/// </summary>
internal sealed class ReadDeadlines(SimulatedWorld world, RaftRules rules, RaftSettings settings)
{
    // Only asked for single requests, never walked through.
    private readonly HashSet<long> _waiting = [];

    /// <summary>
    /// Deadlines are looked at once in a heartbeat's interval, and a busy server takes its time for what lies before it.
    /// </summary>
    private TimeSpan Slack => settings.HeartbeatTimeout + TimeSpan.FromMilliseconds(500);

    /// <summary>A request has come to a life of a server.</summary>
    public void Arrived(long id, Life life, IRaftRequest request)
    {
        if (HasDeadline(request) && !life.IsStopping)
        {
            _waiting.Add(id);
            LookLater(id, life, request, world.Now);
        }
    }

    /// <summary>A server has said its answer.</summary>
    public void Answered(long id) => _waiting.Remove(id);

    /// <summary>What a follower passes on is the leader's to answer, and may be lost on the way.</summary>
    private bool HasDeadline(IRaftRequest request) => request switch
    {
        VerifyLeader => true,
        Read
        {
            Consistency: ReadConsistency.Linearizable or ReadConsistency.Lease,
        } => settings.ApplyOnFollower != ApplyOnFollower.Forward,
        Read => true,
        _ => false,
    };

    private void LookLater(long id, Life life, IRaftRequest request, long since)
    {
        var due = since + ((settings.Reads.Timeout + Slack) / life.ClockRate).Ticks;
        world.Schedule(new TimeSpan(due - world.Now), null, () =>
        {
            var stoodStillUntil = Math.Max(life.PausedUntil, life.FrozenUntil);
            if (!life.IsAlive || !_waiting.Contains(id))
            {
                _waiting.Remove(id);
            }
            else if (stoodStillUntil > since)
            {
                // While nothing of it runs nobody can expect anything of it.
                LookLater(id, life, request, stoodStillUntil);
            }
            else
            {
                rules.Report(
                    $"operation {id} ({Network.MessageText.Of(request)}) came to {life} at "
                        + $"{new TimeSpan(since).TotalSeconds:0.000} s and has no answer, where raft.reads.timeout is "
                        + $"{settings.Reads.Timeout.TotalSeconds} s");
            }
        });
    }
}
