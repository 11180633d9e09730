using Raft.Simulation.Faults;
using Raft.Simulation.Seeds;

namespace Raft.Simulation.Shrinking;

/// <summary>A seed under options that make it fail.</summary>
internal sealed record FailingCase(ulong Seed, SimulationOptions Options, SimulationResult Result)
{
    public Schedule Schedule => Options.ScheduleOf(Seed);
}

/// <summary>
/// Makes a failing seed small: fewer faults, fewer clients and keys, an earlier end, while a violation of the same kind
/// persists. Whatever is taken away shifts all that follows, so each attempt is made with a few different lucks, and with
/// more of them when nothing else helps.
/// </summary>
internal sealed class Shrinker(ulong seed, SimulationOptions options, int maxRuns = 1500)
{
    private const int MaxLucks = 12;

    private FailingCase? _best;
    private int _lucks = 3;
    private string _kind = string.Empty;

    /// <summary>How many worlds it ran.</summary>
    public int Runs { get; private set; }

    /// <summary>Told each time that it found a smaller case.</summary>
    public Action<FailingCase>? Shrunk { get; init; }

    /// <summary>Shrinks.</summary>
    /// <returns>The smallest case that was found; null if the seed does not fail.</returns>
    public FailingCase? Shrink()
    {
        var whole = options with { KeepsText = false, Schedule = options.ScheduleOf(seed) };
        var result = RunOnce(whole);
        if (result.Violations.Count == 0)
        {
            return null;
        }

        _kind = ViolationKind.Of(result.Violations[0]);
        Keep(whole, result);
        while (_lucks <= MaxLucks && Runs < maxRuns)
        {
            var before = SizeOf(_best!);
            ShortenTail();
            DeltaDebugging.Reduce(_best!.Schedule.Faults, ReduceTo);
            FewerClients();
            FewerKeys();
            if (SizeOf(_best!) == before)
            {
                // The smaller the case, the rarer the order of things in which it still fails.
                _lucks *= 4;
            }
        }

        return _best;
    }

    private IReadOnlyList<Fault>? ReduceTo(IReadOnlyList<Fault> faults) =>
        Attempt(_best!.Options with { Schedule = new Schedule(faults), Until = WithSlack(End(_best.Options)) })
            ? _best!.Schedule.Faults
            : null;

    private void FewerClients()
    {
        for (var clients = 1; clients < _best!.Options.SwarmOf(seed).Load.Clients; clients++)
        {
            if (Attempt(_best.Options with { Clients = clients }))
            {
                return;
            }
        }
    }

    private void FewerKeys()
    {
        for (var keys = 1; keys < _best!.Options.SwarmOf(seed).Load.Keys; keys++)
        {
            if (Attempt(_best.Options with { Keys = keys }))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Where the violation comes after all faults (liveness, linearizability), the time before it may be too long.
    /// </summary>
    private void ShortenTail()
    {
        foreach (var part in new[] { 0.25, 0.5, 0.75, 0.9 })
        {
            if (Attempt(_best!.Options with { Until = RoundUp(End(_best.Options) * part) }))
            {
                return;
            }
        }
    }

    private bool Attempt(SimulationOptions smaller)
    {
        // The luck that found the present case is the likeliest to find the next.
        foreach (var luck in Enumerable.Range(0, _lucks).Prepend(smaller.Luck).Distinct())
        {
            if (Runs >= maxRuns)
            {
                return false;
            }

            var lucky = smaller with { Luck = luck };
            var result = RunOnce(lucky);
            if (result.Violations.Count > 0 && ViolationKind.Of(result.Violations[0]) == _kind)
            {
                Keep(lucky, result);
                return true;
            }
        }

        return false;
    }

    private SimulationResult RunOnce(SimulationOptions with)
    {
        Runs++;
        return Seeds.Simulation.Run(seed, with);
    }

    /// <summary>Keeps a case, without what comes after its violation.</summary>
    private void Keep(SimulationOptions found, SimulationResult result)
    {
        if (result.VirtualTime < End(found))
        {
            // What would have happened later plays no part: the run that ends there is the same.
            var end = RoundUp(result.VirtualTime);
            found = found with
            {
                Until = end,
                Schedule = new Schedule([.. found.ScheduleOf(seed).Faults.Where(fault => fault.At <= end)]),
            };
        }

        _best = new FailingCase(seed, found, result);
        Shrunk?.Invoke(_best);
    }

    private int SizeOf(FailingCase failing) =>
        failing.Schedule.Faults.Count + failing.Options.SwarmOf(seed).Load.Clients + failing.Options.SwarmOf(seed).Load.Keys
            + (int)End(failing.Options).TotalSeconds;

    /// <summary>With less to disturb it the violation may come a little later.</summary>
    private TimeSpan WithSlack(TimeSpan end)
    {
        var later = end + TimeSpan.FromSeconds(3);
        return later < End(options) ? later : End(options);
    }

    private static TimeSpan End(SimulationOptions options) => options.Until ?? options.Duration;

    /// <summary>To a millisecond that people can type, and never to before the violation.</summary>
    private static TimeSpan RoundUp(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Floor(time.TotalMilliseconds) + 1);
}
