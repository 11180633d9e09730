namespace Raft.Simulation.Faults;

/// <summary>
/// A kind of fault and how a seed draws it. Each kind has a random stream of its own, named after it: a new kind leaves
/// what the others draw as it was.
/// </summary>
/// <param name="Name">Its name, in a schedule and in the summary of a run.</param>
/// <param name="Draw">Draws all faults of the kind for a run of some length, with the times at which they strike.</param>
internal sealed partial record FaultKind(string Name, Func<FaultDraw, TimeSpan, IEnumerable<Fault>> Draw)
{
    /// <summary>A fault that some seeds have, each at its own rate.</summary>
    public static FaultKind NowAndThen(string name, Func<FaultDraw, Fault> draw) =>
        new(name, (from, duration) => Repeat(from, duration, draw));

    /// <summary>
    /// A state of the world that begins and ends: in most seeds it lasts from the start to the end, in others it comes and
    /// goes.
    /// </summary>
    public static FaultKind Period(string name, Func<FaultDraw, TimeSpan, Fault?> draw) =>
        new(name, (from, duration) => Alternate(from, duration, draw));

    private static IEnumerable<Fault> Repeat(FaultDraw from, TimeSpan duration, Func<FaultDraw, Fault> draw)
    {
        if (!from.Random.Chance(from.Swarm.FaultKindRate))
        {
            yield break;
        }

        var interval = TimeSpan.FromSeconds(from.Random.Pick(2, 5, 15));
        for (var at = from.Random.Around(interval); at < duration; at += from.Random.Around(interval))
        {
            yield return draw(from) with { At = at };
        }
    }

    private static IEnumerable<Fault> Alternate(FaultDraw from, TimeSpan duration, Func<FaultDraw, TimeSpan, Fault?> draw)
    {
        if (from.Random.Chance(0.6))
        {
            if (draw(from, duration) is { } always)
            {
                yield return always;
            }

            yield break;
        }

        var interval = TimeSpan.FromSeconds(from.Random.Pick(5, 15));
        for (var at = from.Random.Around(interval); at < duration; at += from.Random.Around(interval))
        {
            var length = from.Random.Around(interval);
            if (draw(from, length) is { } now)
            {
                yield return now with { At = at };
            }

            at += length;
        }
    }
}
