using CsCheck;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// Properties that must hold for random inputs. CsCheck's own <c>Sample</c> draws others in every run; here they follow from
/// <see cref="TestSeed"/>. An input that fails is handed to CsCheck, which looks for a smaller one and prints it.
/// </summary>
internal static class RandomInputs
{
    private const int Attempts = 2000;

    /// <summary>Checks a property for a number of inputs.</summary>
    /// <param name="gen">Makes the inputs.</param>
    /// <param name="check">Throws if the property does not hold.</param>
    /// <param name="inputs">How many inputs to try.</param>
    /// <exception cref="CsCheckException">It does not hold for one; the message shows it, as small as it could be made.</exception>
    public static void TryEach<T>(this Gen<T> gen, Action<T> check, int inputs = 100)
    {
        var generator = new PCG(stream: 1, seed: (ulong)TestSeed.Value);
        for (var input = 0; input < inputs; input++)
        {
            var state = generator.State;
            var value = gen.Generate(generator, null, out _);
            try
            {
                check(value);
            }
            catch (Exception failure)
            {
                gen.Sample(check, seed: generator.ToString(state), iter: Attempts, threads: 1);
                throw new InvalidOperationException($"input {input} of seed {TestSeed.Value} failed once, and not again: {value}", failure);
            }
        }
    }

    /// <summary>Checks a property that is true or false.</summary>
    public static void TryEach<T>(this Gen<T> gen, Func<T, bool> holds, int inputs = 100) => gen.TryEach(
        value =>
        {
            if (!holds(value))
            {
                throw new CsCheckException("It does not hold.");
            }
        },
        inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Action{T}, int)" />
    public static void TryEach<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> check, int inputs = 100) =>
        gen.TryEach(value => check(value.Item1, value.Item2), inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Func{T, bool}, int)" />
    public static void TryEach<T1, T2>(this Gen<(T1, T2)> gen, Func<T1, T2, bool> holds, int inputs = 100) =>
        gen.TryEach(value => holds(value.Item1, value.Item2), inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Action{T}, int)" />
    public static void TryEach<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> check, int inputs = 100) =>
        gen.TryEach(value => check(value.Item1, value.Item2, value.Item3), inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Func{T, bool}, int)" />
    public static void TryEach<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, bool> holds, int inputs = 100) =>
        gen.TryEach(value => holds(value.Item1, value.Item2, value.Item3), inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Action{T}, int)" />
    public static void TryEach<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> check, int inputs = 100) =>
        gen.TryEach(value => check(value.Item1, value.Item2, value.Item3, value.Item4), inputs);

    /// <inheritdoc cref="TryEach{T}(Gen{T}, Func{T, bool}, int)" />
    public static void TryEach<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Func<T1, T2, T3, T4, bool> holds, int inputs = 100) =>
        gen.TryEach(value => holds(value.Item1, value.Item2, value.Item3, value.Item4), inputs);
}
