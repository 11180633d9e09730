using System.Globalization;
using Raft.Actors.Model;
using Raft.Simulation.Cluster;
using Raft.Simulation.World;

namespace Raft.Simulation.Faults;

/// <summary>
/// One thing that befalls a group, with all its parameters: it draws nothing when it strikes, so that it stays the same
/// when the faults around it are taken away.
/// </summary>
internal abstract record Fault
{
    /// <summary>Its place in the whole schedule of its seed, by which a replay names it.</summary>
    public int Number { get; init; }

    /// <summary>The name of the <see cref="FaultKind"/> that drew it.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>When it strikes, in virtual time.</summary>
    public TimeSpan At { get; init; }

    /// <summary>What it does, for people.</summary>
    protected abstract string What { get; }

    /// <summary>Does it. What ends later asks <see cref="Nemesis.Later"/> for it.</summary>
    public abstract void Strike(Nemesis nemesis);

    public sealed override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Number,4}  {At.TotalSeconds,9:F3} s  {What}");

    protected static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}

/// <summary>What a fault is drawn from: a random stream of its kind's own, and the world that it is for.</summary>
internal sealed record FaultDraw(SeededRandom Random, Swarm Swarm)
{
    /// <summary>Any server.</summary>
    public ServerId Victim() => SimulatedCluster.IdOf(1 + Random.Next(Swarm.AllServers));

    /// <summary>Every server.</summary>
    public IEnumerable<ServerId> Servers => Enumerable.Range(1, Swarm.AllServers).Select(SimulatedCluster.IdOf);

    public TimeSpan Seconds(double low, double high) => Random.Between(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high));

    /// <summary>How long a server stays down.</summary>
    public TimeSpan Downtime() => Swarm.DrawDowntime(Random);

    /// <summary>How long something lasts: mostly up to one bound, now and then up to another.</summary>
    public TimeSpan Length(double low, double often, double rarely) => Seconds(low, Random.Chance(0.2) ? rarely : often);
}
