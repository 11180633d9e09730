using System.Diagnostics;
using System.Globalization;
using Raft.Simulation.Seeds;

namespace Raft.Simulation.Commands;

/// <summary>Runs a range of seeds, several at once, and says what came of them.</summary>
internal static class RunCommand
{
    private const int MaxShown = 20;

    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, "--from", "--seeds", "--parallel", "--seconds", "--until-violation!");
        var from = (ulong)(arguments.Number("--from") ?? 1);
        var seeds = arguments.Number("--seeds") ?? 1000;
        var parallel = arguments.Number("--parallel") ?? Environment.ProcessorCount;
        var options = new SimulationOptions { Duration = arguments.Seconds("--seconds") ?? TimeSpan.FromSeconds(60) };
        var stopsEarly = arguments.Has("--until-violation");
        var total = new Totals(options);
        var clock = Stopwatch.StartNew();
        var next = -1L;

        // Threads of our own: a world stays in the thread that made it.
        var threads = Enumerable.Range(0, (int)parallel).Select(_ => new Thread(() =>
        {
            long index;
            while ((index = Interlocked.Increment(ref next)) < seeds && !(stopsEarly && total.HasViolations))
            {
                total.Add(RunOne(from + (ulong)index, options), seeds, clock.Elapsed);
            }
        })).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        total.Print(clock.Elapsed);
        return total.HasViolations ? 1 : 0;
    }

    private static SimulationResult RunOne(ulong seed, SimulationOptions options)
    {
        try
        {
            return Seeds.Simulation.Run(seed, options);
        }
        catch (Exception failure)
        {
            return new SimulationResult(
                seed, 0, [$"the simulation itself failed: {failure}"], TimeSpan.Zero, 0, 0, 0, 0, 0, new Dictionary<string, int>(), 0, 0, 0, string.Empty);
        }
    }

    private sealed class Totals(SimulationOptions options)
    {
        private readonly Lock _lock = new();
        private long _seeds;
        private long _steps;
        private long _messages;
        private long _elections;
        private long _crashes;
        private long _partitions;
        private long _committed;
        private long _operations;
        private long _operationsDone;
        private long _violations;
        private TimeSpan _virtualTime;
        private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);
        private TimeSpan _shownAt;

        public bool HasViolations => _violations > 0;

        public void Add(SimulationResult result, long of, TimeSpan elapsed)
        {
            lock (_lock)
            {
                _seeds++;
                _steps += result.Steps;
                _messages += result.Messages;
                _elections += result.Elections;
                _crashes += result.Crashes;
                _partitions += result.Partitions;
                _committed += result.Committed;
                _operations += result.Operations;
                _operationsDone += result.OperationsDone;
                _virtualTime += result.VirtualTime;
                foreach (var (kind, times) in result.Faults)
                {
                    _faults[kind] = _faults.GetValueOrDefault(kind) + times;
                }

                if (result.Violations.Count > 0 && ++_violations <= MaxShown)
                {
                    Console.WriteLine($"\rseed {result.Seed} breaks a rule:");
                    foreach (var violation in result.Violations)
                    {
                        Console.WriteLine($"  {violation}");
                    }

                    Console.WriteLine($"  {CaseArguments.Line("replay", result.Seed, options)}");
                    Console.WriteLine($"  {CaseArguments.Line("shrink", result.Seed, options)}");
                }

                ShowProgress(of, elapsed);
            }
        }

        /// <summary>A bar where somebody watches, and a line now and then where the output goes to a file.</summary>
        private void ShowProgress(long of, TimeSpan elapsed)
        {
            if (elapsed - _shownAt < (Console.IsErrorRedirected ? TimeSpan.FromSeconds(15) : TimeSpan.FromSeconds(1)))
            {
                return;
            }

            _shownAt = elapsed;
            var text = $"{_seeds} of {of} seeds, {_violations} violations ";
            if (Console.IsErrorRedirected)
            {
                Console.Error.WriteLine(text);
                return;
            }

            var done = (int)(_seeds * 30 / of);
            Console.Error.Write($"\r[{new string('#', done)}{new string('.', 30 - done)}] {text}");
        }

        public void Print(TimeSpan elapsed) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""

             seeds               {_seeds,12:N0}   {_seeds / elapsed.TotalMinutes:N0} per minute
             virtual hours       {_virtualTime.TotalHours,12:N2}   {_virtualTime.TotalHours / elapsed.TotalMinutes:N2} per minute
             steps               {_steps,12:N0}
             messages            {_messages,12:N0}
             elections           {_elections,12:N0}
             crashes             {_crashes,12:N0}
             partitions          {_partitions,12:N0}
             committed entries   {_committed,12:N0}
             client operations   {_operations,12:N0}   {_operationsDone:N0} done
             violations          {_violations,12:N0}
             faults              {string.Join(", ", _faults.Select(static fault => $"{fault.Key} {fault.Value}"))}
             """));
    }
}
