using Raft.Actors.Node;

namespace Raft.Simulation.World;

/// <summary>
/// One life of a server's process, from a start to a crash. All that is volatile belongs to it; when it has died, its
/// actors' mailboxes never run again, its timers never fire, and nothing it says is heard.
/// </summary>
internal sealed class Life
{
    public Life(string name, double clockRate, TimeSpan clockOffset)
    {
        Name = name;
        Key = Digest.Of(name);
        ClockRate = clockRate;
        ClockOffset = clockOffset;
    }

    /// <summary>The name of its supervisor below <c>/user</c>.</summary>
    public string Name { get; }

    public ulong Key { get; }

    /// <summary>How fast its clock runs: 1.01 gains a hundredth.</summary>
    public double ClockRate { get; }

    /// <summary>By how much its wall clock is wrong.</summary>
    public TimeSpan ClockOffset { get; set; }

    public bool IsAlive { get; set; } = true;

    /// <summary>It was asked to stop in good order: what comes from now on may find nobody.</summary>
    public bool IsStopping { get; set; }

    /// <summary>
    /// Until then none of its mailboxes runs and none of its timers fires (a long collection, a stopped process).
    /// </summary>
    public long PausedUntil { get; set; }

    /// <summary>
    /// Until then nothing reaches it either: what is sent to it waits in the network, and comes in any order afterwards.
    /// </summary>
    public long FrozenUntil { get; set; }

    /// <summary>If above zero: it dies in the middle of a handler, once it has sent this many messages.</summary>
    public int SendsUntilCrash { get; set; }

    /// <summary>Its present node: another one whenever the supervisor has started it anew.</summary>
    public RaftNode? Node { get; set; }

    public override string ToString() => Name;
}
