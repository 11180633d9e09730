using Raft.Simulation.Cluster;
using Raft.Simulation.World;

namespace Raft.Simulation.Faults;

/// <summary>All that befalls a group in one run, in the order of time: data, drawn before the run begins.</summary>
internal sealed record Schedule(IReadOnlyList<Fault> Faults)
{
    public static Schedule None { get; } = new([]);

    /// <summary>Draws a seed's whole schedule. The faults are numbered from 1 in the order of time.</summary>
    public static Schedule Draw(ulong seed, Swarm swarm, TimeSpan duration)
    {
        Fault[] faults =
        [
            .. FaultKind.All
                .SelectMany(kind => kind
                    .Draw(new FaultDraw(SeededRandom.Stream(seed, $"fault {kind.Name}"), swarm), duration)
                    .Select(fault => fault with { Kind = kind.Name }))
                .OrderBy(static fault => fault.At),
        ];

        // Changes of the configuration may leave two voters. Two survive no damage (see SnapshotDamage), and none that moves
        // where nobody leads: an uncommitted configuration of two needs both, and nobody can tell the group where the other
        // is. Three survive one of these, but not both: one without a state and one that nobody finds leave no majority (seed
        // 5000395).
        var changesVoters = faults.Any(static fault => fault is MembershipChange);
        var damages = faults.Any(static fault => fault is SnapshotDamage);
        return new([.. faults
            .Where(fault => fault is not SnapshotDamage || !changesVoters)
            .Where(fault => fault is not Move || !(changesVoters || damages))
            .Select(static (fault, index) => fault with { Number = index + 1 })]);
    }

    /// <summary>The part of it that is named by numbers; they stay what they were.</summary>
    public Schedule Only(IReadOnlySet<int> numbers) => new([.. Faults.Where(fault => numbers.Contains(fault.Number))]);

    public override string ToString() => string.Join(Environment.NewLine, Faults);
}
