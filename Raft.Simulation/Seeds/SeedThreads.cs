namespace Raft.Simulation.Seeds;

/// <summary>Runs seeds on a few threads of its own: a world must stay in the thread that made it.</summary>
internal static class SeedThreads
{
    /// <summary>Runs each seed once, several at a time, and returns when all have ended.</summary>
    /// <param name="threads">How many seeds run at a time.</param>
    /// <param name="seeds">
    /// The seeds. Each is drawn when a thread is free, by one thread at a time, so the sequence may end as soon as the caller
    /// has seen enough.
    /// </param>
    /// <param name="run">Runs a seed, on one of the threads.</param>
    /// <exception cref="AggregateException">
    /// Seeds could not be run; the inner exceptions name them. No further seed begins after the first of them.
    /// </exception>
    public static void Run(int threads, IEnumerable<ulong> seeds, Action<ulong> run)
    {
        var gate = new Lock();
        var failures = new List<Exception>();
        using var drawn = seeds.GetEnumerator();
        var running = Enumerable.Range(0, threads).Select(_ => new Thread(RunAll)).ToArray();
        Array.ForEach(running, static thread => thread.Start());
        Array.ForEach(running, static thread => thread.Join());
        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }

        void RunAll()
        {
            while (Next() is { } seed)
            {
                try
                {
                    run(seed);
                }
                catch (Exception failure)
                {
                    // Left alone it would end the process, and with it the other seeds.
                    Fail(new InvalidOperationException($"seed {seed} cannot be run: {failure.Message}", failure));
                }
            }
        }

        ulong? Next()
        {
            lock (gate)
            {
                try
                {
                    return failures.Count == 0 && drawn.MoveNext() ? drawn.Current : null;
                }
                catch (Exception failure)
                {
                    failures.Add(failure);
                    return null;
                }
            }
        }

        void Fail(Exception failure)
        {
            lock (gate)
            {
                failures.Add(failure);
            }
        }
    }

    /// <summary>The seeds that follow one another, from the first on, without end.</summary>
    public static IEnumerable<ulong> From(ulong first)
    {
        for (var seed = first; ; seed++)
        {
            yield return seed;
        }
    }
}
