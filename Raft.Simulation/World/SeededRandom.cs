using System.Numerics;

namespace Raft.Simulation.World;

/// <summary>
/// xoshiro256**, our own: what a seed means must not change with the version of .NET. Each purpose draws from a stream of
/// its own, so that one more draw in one place does not shift all the others.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    private SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    public static SeededRandom Stream(ulong seed, string purpose) => new((seed * 0x9E3779B97F4A7C15UL) ^ Digest.Of(purpose));

    /// <summary>A number from 0 to below a bound.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    /// <summary>A number between two, both included.</summary>
    public long Between(long low, long high) => low + (long)Math.BigMul(NextBits(), (ulong)(high - low + 1), out _);

    /// <summary>A time between two.</summary>
    public TimeSpan Between(TimeSpan low, TimeSpan high) => new(Between(low.Ticks, high.Ticks));

    /// <summary>A time around a mean, often short and now and then long, as what is rare comes in nature.</summary>
    public TimeSpan Around(TimeSpan mean) => mean * -Math.Log(1 - Fraction());

    public double Fraction() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Fraction() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return mixed ^ (mixed >> 31);
    }

    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }
}
