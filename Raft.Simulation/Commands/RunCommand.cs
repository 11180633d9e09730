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
        var arguments = new Arguments(typed, "--from", "--seeds", "--time", "--parallel", "--seconds", "--until-violation!");
        var from = (ulong)(arguments.Number("--from") ?? 1);
        var time = arguments.Seconds("--time");
        var seeds = arguments.Number("--seeds") ?? (time is null ? 1000 : long.MaxValue);
        var parallel = arguments.Number("--parallel") ?? Environment.ProcessorCount;
        var options = new SimulationOptions { Duration = arguments.Seconds("--seconds") ?? TimeSpan.FromSeconds(60) };
        var stopsEarly = arguments.Has("--until-violation");
        var clock = Stopwatch.StartNew();
        var total = new Totals(options, seeds, time, clock);

        // Said first: a run that dies of its memory says nothing any more.
        Console.WriteLine($"seeds from {from} on, {parallel} at a time");
        SeedThreads.Run((int)parallel, SeedThreads.From(from).TakeWhile((_, begun) => MayBegin(begun)), seed =>
        {
            total.Begin(seed);
            total.Add(RunOne(seed, options));
        });
        total.Print();
        return total.HasViolations ? 1 : 0;

        bool MayBegin(int begun) => begun < seeds && !(clock.Elapsed > time) && !(stopsEarly && total.HasViolations);
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

    private sealed class Totals(SimulationOptions options, long seeds, TimeSpan? time, Stopwatch clock)
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
        private readonly SortedSet<ulong> _running = [];
        private TimeSpan _shownAt;

        public bool HasViolations => _violations > 0;

        public void Begin(ulong seed)
        {
            lock (_lock)
            {
                _running.Add(seed);
            }
        }

        public void Add(SimulationResult result)
        {
            lock (_lock)
            {
                _running.Remove(result.Seed);
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

                ShowProgress();
            }
        }

        /// <summary>A bar if somebody watches, and a line now and then if the output goes to a file.</summary>
        private void ShowProgress()
        {
            var elapsed = clock.Elapsed;
            if (elapsed - _shownAt < (Console.IsErrorRedirected ? TimeSpan.FromSeconds(15) : TimeSpan.FromSeconds(1)))
            {
                return;
            }

            _shownAt = elapsed;
            if (Console.IsErrorRedirected)
            {
                // Which seeds run tells where to look, should this line be the last.
                var memory = Environment.WorkingSet / (1024 * 1024);
                Console.Error.WriteLine($"{_seeds} seeds, {_violations} violations, {memory} MiB; running: {string.Join(", ", _running)}");
                return;
            }

            var done = (int)(30 * Math.Min(1, Math.Max((double)_seeds / seeds, elapsed / (time ?? TimeSpan.MaxValue))));
            Console.Error.Write($"\r[{new string('#', done)}{new string('.', 30 - done)}] {_seeds} seeds, {_violations} violations ");
        }

        public void Print() => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""

             seeds               {_seeds,12:N0}   {_seeds / clock.Elapsed.TotalMinutes:N0} per minute
             virtual hours       {_virtualTime.TotalHours,12:N2}   {_virtualTime.TotalHours / clock.Elapsed.TotalMinutes:N2} per minute
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
