using System.Globalization;
using Raft.Simulation.Faults;
using Raft.Simulation.Seeds;

namespace Raft.Simulation.Commands;

/// <summary>How a case (a seed, and what of its faults and load is left) is named on a command line.</summary>
internal static class CaseArguments
{
    private const string Program = "dotnet run -c Release --project Raft.Simulation --";

    public static string[] Names { get; } = ["--faults", "--clients", "--keys", "--until", "--seconds", "--luck"];

    /// <summary>Reads the options of a seed.</summary>
    public static SimulationOptions Parse(ulong seed, Arguments arguments)
    {
        var options = new SimulationOptions
        {
            Until = arguments.Seconds("--until"),
            Luck = (int)(arguments.Number("--luck") ?? 0),
        };
        options = options with
        {
            Duration = arguments.Seconds("--seconds") ?? options.Duration,
            Clients = (int?)arguments.Number("--clients"),
            Keys = (int?)arguments.Number("--keys"),
        };
        return arguments.Text("--faults") is { } faults
            ? options with { Schedule = Only(options.ScheduleOf(seed), faults) }
            : options;
    }

    /// <summary>The command that runs a case again.</summary>
    public static string Line(string command, ulong seed, SimulationOptions options)
    {
        var standard = new SimulationOptions();
        var line = $"{Program} {command} {seed}";
        if (options.Schedule is { } schedule)
        {
            var numbers = string.Join(',', schedule.Faults.Select(static fault => fault.Number));
            line += $" --faults {(numbers.Length == 0 ? "none" : numbers)}";
        }

        line += options.Clients is { } clients ? $" --clients {clients}" : string.Empty;
        line += options.Keys is { } keys ? $" --keys {keys}" : string.Empty;
        line += options.Until is { } until
            ? string.Create(CultureInfo.InvariantCulture, $" --until {until.TotalSeconds:0.######}")
            : string.Empty;
        line += options.Duration != standard.Duration
            ? string.Create(CultureInfo.InvariantCulture, $" --seconds {options.Duration.TotalSeconds:0.######}")
            : string.Empty;
        return line + (options.Luck != 0 ? $" --luck {options.Luck}" : string.Empty);
    }

    private static Schedule Only(Schedule whole, string numbers)
    {
        var chosen = new HashSet<int>();
        foreach (var number in numbers.Split(',').Where(static number => number is not "none"))
        {
            if (!int.TryParse(number, CultureInfo.InvariantCulture, out var fault) || fault < 1 || fault > whole.Faults.Count)
            {
                throw new UsageException($"there is no fault {number}: the seed has the faults 1 to {whole.Faults.Count}");
            }

            chosen.Add(fault);
        }

        return whole.Only(chosen);
    }
}
