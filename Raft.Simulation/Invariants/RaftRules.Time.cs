using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Simulation.World;

namespace Raft.Simulation.Invariants;

/// <summary>
/// The log's time: within a term the stamps of entries advance as the leader's monotonic clock does, whatever its wall clock
/// does meanwhile. From one entry of a leader to the next they never go back.
/// </summary>
internal sealed partial class RaftRules
{
    // A stamp counts whole milliseconds.
    private static readonly TimeSpan StampPrecision = TimeSpan.FromMilliseconds(2);

    private readonly Dictionary<long, (long Stamp, TimeSpan At)> _firstStamps = [];

    private void CheckStamps(ServerId server, Life life, in NodeObservation? before, in NodeObservation now)
    {
        if (before is not { } old || now.Role != RaftRole.Leader)
        {
            return;
        }

        for (var index = Math.Max(old.Log.LastIndex, now.Log.BaseIndex) + 1; index <= now.Log.LastIndex; index++)
        {
            var entry = now.Log[index];
            if (entry.Term != now.Term)
            {
                continue;
            }

            var clock = world.Elapsed * life.ClockRate;
            if (!_firstStamps.TryGetValue(now.Term, out var first))
            {
                _firstStamps[now.Term] = first = (entry.Timestamp, clock);
                var stampBefore = index - 1 > now.Log.BaseIndex ? now.Log[index - 1].Timestamp : 0;
                if (entry.Timestamp < stampBefore)
                {
                    Report(
                        $"log time: {server} stamps its first entry, {index}, with {entry.Timestamp}, "
                        + $"and the one before has {stampBefore}");
                }
            }

            var (counted, passed) = (TimeSpan.FromMilliseconds(entry.Timestamp - first.Stamp), clock - first.At);
            if ((counted - passed).Duration() > StampPrecision)
            {
                Report(
                    $"log time: between its first entry of term {now.Term} and entry {index} {server} counts {counted}, "
                    + $"and {passed} have passed by its clock");
            }
        }
    }
}
