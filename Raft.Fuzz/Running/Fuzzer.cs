using System.Diagnostics;

namespace Raft.Fuzz.Running;

/// <summary>Tries one input after another at a target, each by a seed of its own, so that one can be tried again.</summary>
internal static class Fuzzer
{
    /// <summary>How many inputs to try before the target looks at what they changed.</summary>
    private const int Stretch = 500;

    /// <summary>Tries inputs until there are enough, the time is up, or one of them does what it may not do.</summary>
    /// <param name="target">Where they go.</param>
    /// <param name="first">The seed of the first; the next have the numbers behind it.</param>
    /// <param name="inputs">How many at most.</param>
    /// <param name="time">How long at most.</param>
    public static async Task<FuzzReport> RunAsync(IFuzzTarget target, ulong first, long inputs, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var done = 0L;
        while (done < inputs && clock.Elapsed < time)
        {
            try
            {
                await target.TryAsync(LuckOf(first + (ulong)done));
                done++;
                if (done % Stretch == 0)
                {
                    await target.CheckAsync();
                }
            }
            catch (FuzzFindingException found)
            {
                return new FuzzReport(target.Name, first, done, clock.Elapsed, found);
            }
        }

        try
        {
            await target.CheckAsync();
            return new FuzzReport(target.Name, first, done, clock.Elapsed, null);
        }
        catch (FuzzFindingException found)
        {
            return new FuzzReport(target.Name, first, done, clock.Elapsed, found);
        }
    }

    private static Random LuckOf(ulong seed) => new(unchecked((int)(seed ^ (seed >> 32))));
}

/// <summary>What came of a run.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="First">The seed of the first input.</param>
/// <param name="Inputs">How many did nothing that they may not do.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Finding">What the one behind them did, or all of them together; null: nothing.</param>
internal sealed record FuzzReport(string Target, ulong First, long Inputs, TimeSpan Elapsed, FuzzFindingException? Finding)
{
    /// <inheritdoc />
    public override string ToString() => Finding is null
        ? $"{Target}: {Inputs} inputs from seed {First} in {Elapsed.TotalSeconds:F0} s, and nothing that may not be"
        : $"{Target}: the input of seed {First + (ulong)Inputs}, or those before it from {First} on: {Finding.Message}"
            + (Finding.InnerException is { } cause ? $"{Environment.NewLine}{cause}" : string.Empty);
}
